"""A line through measurements tells growth from noise."""

from random import Random

import pytest

from bulkwire_cli.bench.flatness import trend


def test_what_stays_the_same_is_flat() -> None:
    line = trend([(n * 2.0, 5e6) for n in range(100)])
    assert line is not None
    assert line.mean == 5e6
    assert line.in_ten_minutes == pytest.approx(0)


def test_what_grows_is_told_for_ten_minutes_and_as_a_share() -> None:
    line = trend([(120 + n, 1_000_000 + n * 100) for n in range(200)])
    assert line is not None
    assert line.in_ten_minutes == pytest.approx(60_000)
    assert line.share_in_ten_minutes == pytest.approx(60_000 / line.mean)


def test_ups_and_downs_are_no_growth() -> None:
    rng = Random(7)
    line = trend([(n * 2.0, 1e7 + rng.uniform(-1e5, 1e5)) for n in range(240)])
    assert line is not None
    assert abs(line.share_in_ten_minutes) < 0.01


def test_a_few_measurements_say_nothing() -> None:
    assert trend([(n, 1.0) for n in range(9)]) is None


def test_what_follows_something_else_is_flat_and_what_grows_beyond_it_is_not() -> None:
    rng = Random(7)
    kept = [rng.uniform(10_000, 20_000) for _ in range(180)]
    follows = [(n * 2.0, 1e6 + 500 * records) for n, records in enumerate(kept)]
    leaks = [(at, value + at * 1_000) for at, value in follows]
    line, leaking = trend(follows, given=kept), trend(leaks, given=kept)
    assert line is not None
    assert leaking is not None
    assert abs(line.share_in_ten_minutes) < 1e-6
    assert leaking.in_ten_minutes == pytest.approx(600_000)


def test_what_never_changes_explains_nothing() -> None:
    line = trend([(n, 100.0 + n) for n in range(20)], given=[5.0] * 20)
    assert line is not None
    assert line.in_ten_minutes == pytest.approx(600)
