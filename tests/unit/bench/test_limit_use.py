"""When a rate has settled, and what was made of the limit from then on."""

import pytest

from bulkwire_cli.bench.limit_use import LimitUse, Sample, judge

LIMIT = 1_000


def samples(*seconds: tuple[int, int]) -> list[Sample]:
    """Running totals, from what came and what was accepted in each second."""
    found = [Sample(100.0, 0, 0)]
    for came, accepted in seconds:
        last = found[-1]
        found.append(Sample(last.at + 1, last.seen + came, last.accepted + accepted))
    return found


def found(*seconds: tuple[int, int]) -> LimitUse:
    use = judge(samples(*seconds), LIMIT)
    assert use
    return use


def test_the_search_for_the_limit_does_not_count() -> None:
    use = found(*[(5_000, 500)] * 4, *[(990, 985)] * 10)
    assert use.settled_after_s == pytest.approx(4)
    assert use.measured_s == pytest.approx(10)
    assert use.used == pytest.approx(0.985)
    assert use.refused == pytest.approx(5 / 990)
    assert use.kept


def test_what_goes_wrong_after_it_had_settled_counts() -> None:
    assert not found(*[(950, 950)] * 10, *[(500, 500)] * 10).kept
    refusing = found(*[(950, 950)] * 10, *[(1_000, 950)] * 10)
    assert refusing.refused == pytest.approx(50 / 1_950)
    assert not refusing.kept


def test_a_rate_that_is_never_near_the_limit_has_not_settled() -> None:
    assert judge(samples(*[(600, 600)] * 20), LIMIT) is None
    assert judge(samples(*[(3_000, 950)] * 20), LIMIT) is None


def test_too_short_a_run_settles_nothing() -> None:
    assert judge(samples((1_000, 1_000)), LIMIT) is None
    assert judge([], LIMIT) is None
