"""What a run has shown, and whether the promises held."""

from collections import Counter
from dataclasses import replace

import pytest

from bulkwire_cli.auditing.audit import AccountAudit
from bulkwire_cli.auditing.counts import KeptCounts, Recount
from bulkwire_cli.chaos.judgement import Verdict, summaries
from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.plan import Plan
from bulkwire_cli.chaos.recovery import MISSED, Dealt, Point, went_on_after
from bulkwire_cli.chaos.report import as_json
from bulkwire_cli.reconciliation.comparison import Comparison

PLAN = Plan(messages=100, seed=1, faults={Kind.KILL_WORKER: 2, Kind.KILL_REDIS: 1})
AUDIT = AccountAudit(
    account="default",
    kept=KeptCounts({}, {}),
    found=Recount({}, {}),
    faults=(),
    differences={},
    moving=frozenset(),
)
COMPARISON = Comparison(
    recipients=100,
    reached=99,
    in_doubt_ids=frozenset({"a"}),
    in_doubt_taken=0,
    resent_ids=frozenset({"b"}),
    resent_twice=1,
    lost=(),
    doubled=(),
)
DEALT = tuple(
    Dealt(step, "pid=1", began=0, ended=1, went_on_s=step.number, given_back_s=2.0)
    for step in PLAN.steps
)
GOOD = Verdict(
    plan=PLAN,
    dealt=DEALT,
    comparison=COMPARISON,
    audit=AUDIT,
    dead=Counter(),
    exposed=frozenset({"a", "b", "c"}),
    had_to_be_ended=(),
    seconds=10,
)


def test_nothing_lost_nothing_doubled_and_doubts_explained_is_good() -> None:
    assert GOOD.ok
    assert as_json(GOOD)["ok"] is True


@pytest.mark.parametrize(
    "broken",
    [
        replace(GOOD, comparison=replace(COMPARISON, lost=("a: still queued",))),
        replace(GOOD, comparison=replace(COMPARISON, doubled=("a: received 2 times",))),
        replace(GOOD, audit=replace(AUDIT, differences={("", "queued"): 1})),
        replace(GOOD, exposed=frozenset({"a"})),
        replace(GOOD, exposed=frozenset({"a", "c", "d"})),
        replace(GOOD, dealt=DEALT[:-1]),
        replace(GOOD, dealt=(replace(DEALT[0], victim=MISSED), *DEALT[1:])),
        replace(GOOD, dealt=tuple(replace(one, went_on_s=99.0) for one in DEALT)),
        replace(GOOD, had_to_be_ended=("w1, which was told to end",)),
    ],
    ids=[
        "lost",
        "doubled",
        "audit broken",
        "more in doubt than hit",
        "others in doubt than hit",
        "faults missing",
        "a fault without effect",
        "too slow",
        "deaf",
    ],
)
def test_anything_else_is_not(broken: Verdict) -> None:
    assert not broken.ok
    assert as_json(broken)["ok"] is False


def test_what_is_slow_is_conserved_all_the_same() -> None:
    slow = replace(GOOD, dealt=tuple(replace(one, went_on_s=99.0) for one in DEALT))
    assert as_json(slow)["conserved"] is True
    lossy = replace(GOOD, comparison=replace(COMPARISON, lost=("a: still queued",)))
    assert as_json(lossy)["conserved"] is False


def test_a_doubt_that_no_fault_was_seen_to_hit_is_named() -> None:
    verdict = replace(GOOD, exposed=frozenset({"a", "c"}))
    assert as_json(verdict)["in_doubt_unexplained"] == ["b"]


def test_faults_are_summed_up_by_kind() -> None:
    killed, restarted = summaries(DEALT)
    assert (killed.kind, killed.count) == (Kind.KILL_WORKER, 2)
    assert (restarted.kind, restarted.count) == (Kind.KILL_REDIS, 1)
    assert killed.given_back_s == (2.0, 2.0)


def test_redis_has_to_be_back_at_work_within_two_leases() -> None:
    back = [one for one in DEALT if one.step.kind is Kind.KILL_REDIS]
    times = [2 * PLAN.lease_s, 2 * PLAN.lease_s + 0.1, None]
    verdict = replace(GOOD, dealt=tuple(replace(back[0], went_on_s=time) for time in times))
    assert (verdict.in_time, len(verdict.redis_came_back)) == (1, 3)


def test_what_never_went_on_is_counted() -> None:
    (summary,) = summaries([replace(DEALT[0], went_on_s=None)])
    assert summary.never == 1
    assert summary.went_on_s is None


def test_recovery_is_the_first_acceptance_after_the_end() -> None:
    points = [Point(1.0, 10), Point(2.0, 10), Point(3.0, 12), Point(4.0, 15)]
    assert went_on_after(points, 2.5) == 0.5
    assert went_on_after(points, 1.0) == 2.0
    assert went_on_after(points, 0.5) == 0.5
    assert went_on_after(points, 4.0) is None
