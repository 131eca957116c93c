"""What makes a soak fail."""

from collections.abc import Callable

from bulkwire_cli.auditing.audit import AccountAudit
from bulkwire_cli.auditing.counts import KeptCounts, Recount
from bulkwire_cli.auditing.faults import Fault
from bulkwire_cli.bench.sampling import Sample
from bulkwire_cli.bench.soak import WARM_UP_S, Soaked

TRUE = AccountAudit("default", KeptCounts({}, {}), Recount({}, {}), (), {}, frozenset())
BROKEN = AccountAudit(
    "default", KeptCounts({}, {}), Recount({}, {}), (Fault("m", "gone"),), {}, frozenset()
)
AFTER_S = 300.0


def flat(_seconds: float) -> int:
    return 50_000_000


def samples(
    server: Callable[[float], int] = flat, worker: Callable[[float], int] = flat
) -> list[Sample]:
    times = [n * 2.0 for n in range(int((WARM_UP_S + AFTER_S) / 2))]
    return [Sample(at, server(at), {7: worker(at), 8: flat(at)}) for at in times]


def test_flat_memory_something_archived_and_a_true_audit_pass() -> None:
    assert Soaked(samples(), 60_000, 50_000, TRUE).complaints == []


def test_what_grows_while_warming_up_is_allowed() -> None:
    def warms_up(at: float) -> int:
        return int(min(at, WARM_UP_S) * 1_000_000)

    assert Soaked(samples(warms_up, warms_up), 60_000, 50_000, TRUE).complaints == []


def test_a_server_and_a_process_that_grow_are_named() -> None:
    def grows(at: float) -> int:
        return int(50_000_000 + at * 10_000)

    found = Soaked(samples(grows, grows), 60_000, 50_000, TRUE)
    assert found.complaints == ["the server's memory grows", "the memory of process 7 grows"]


def test_records_may_not_pile_up() -> None:
    piling = [
        Sample(one.at_s, int(1e6 + 500 * one.at_s * 100), one.rss_bytes, int(one.at_s * 100))
        for one in samples()
    ]
    assert Soaked(piling, 60_000, 1, TRUE).complaints == [
        "records pile up: this machine is too busy, give a lower --rate"
    ]


def test_a_process_that_was_replaced_is_not_judged_the_others_are() -> None:
    seen = samples()
    replaced = [*seen[:-1], Sample(seen[-1].at_s, 50_000_000, {8: 50_000_000, 9: 1})]
    assert list(Soaked(replaced, 1, 1, TRUE).workers) == [8]


def test_too_short_nothing_archived_and_a_broken_audit_fail() -> None:
    found = Soaked(samples()[:10], 10, 0, BROKEN)
    assert found.complaints == [
        "too few measurements after the warm-up: give more --minutes",
        "nothing was archived",
        "the audit is broken",
    ]
