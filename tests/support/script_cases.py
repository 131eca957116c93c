"""Calls of every script: one for each situation in which it does something else."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category, Channel, Priority
from bulkwire.store.auditing import check_page
from bulkwire.store.call import Call
from bulkwire.store.campaigns import pause_campaign, resume_campaign
from bulkwire.store.enqueueing import NewRecord, enqueue, open_campaign
from bulkwire.store.keys import WorkerKey
from bulkwire.store.overview import read_campaign
from bulkwire.store.rates import slow_down
from bulkwire.store.recovering import Taken, attend, reassert
from bulkwire.store.redrives import end_redrive, read_redrives
from bulkwire.store.sending import ClaimTerms, claim, depart, recall, renew, settle
from bulkwire.store.status_updates import (
    StatusKind,
    StatusUpdate,
    claim_checks,
    write_status_updates,
)
from bulkwire.store.steering import (
    HoldReason,
    RanInto,
    cancel,
    discard,
    keep_balance,
    lift_hold,
    place_hold,
    read_holds,
    redrive,
    resolve,
    try_hold,
)
from bulkwire.store.upkeep import archive_page, move_due, reap
from bulkwire.store.workers import WorkerReport, claimable, report_worker
from support.store_world import AT_ONCE, JUST_QUEUED, World

__all__ = ["CASES", "READ_ONLY", "Case"]

Case: TypeAlias = tuple[Callable[[World], None], Callable[[World], Call[object]]]
"""What brings a store into a situation, and the call that is made then."""
READ_ONLY: Final = frozenset({"audit_page", "claimable"})


def new(world: World) -> Call[object]:
    later = world.now() + 60_000
    record = NewRecord(
        "new", "{}", "2799", Channel.SMS, Priority.LOW, "summer", "print", send_at_ms=later
    )
    return enqueue(world.keys, record, token="new")


def mixed(world: World) -> None:
    """Two leased batches of several campaigns, and messages in most states."""
    for campaign in ("a", "b", "paused"):
        for n in range(4):
            world.put(f"{campaign}{n}", to=f"2782{n}", campaign=campaign)
    world.redis.hset(world.keys.campaign("paused"), "state", "paused")
    for n in range(4):
        world.put(f"due{n}", to=f"2783{n}", send_at_ms=world.now() + 60_000)
        world.make_due(f"due{n}")
    world.take("b1")
    world.take("b2")
    world.depart("b1")


def after_settling(world: World) -> None:
    mixed(world)
    world.settle(
        {
            "a0": Accepted("api0"),
            "a1": Unanswered("timeout"),
            "a2": Rejected("content", Category.CONTENT),
        }
    )
    world.redis.zadd(world.keys.single("poll"), {"a0": 1})


def slowed(world: World) -> None:
    mixed(world)
    world.run(slow_down(world.keys, "b1", 1, departed_ms_ago=0))
    world.redis.hset(world.keys.family("rate", "sms"), "refused_at", world.now() - 5_000)


def lapsed(world: World) -> None:
    mixed(world)
    world.lapse("b1", "b2")


def departed_in_part(world: World) -> None:
    mixed(world)
    world.depart("b1", 1, "a0", "a1", "a2", "b0")


def lapsed_in_part(world: World) -> None:
    departed_in_part(world)
    world.lapse("b1")


def on_another_server(world: World) -> None:
    mixed(world)
    world.redis.hset(world.keys.single("server"), "run_id", "another")


def on_an_unknown_server(world: World) -> None:
    mixed(world)
    world.redis.delete(world.keys.single("server"))


def after_an_outage(world: World) -> None:
    lapsed(world)
    world.redis.hset(world.keys.single("server"), "reaped_at", world.now() - 60_000)


def recovered(world: World) -> None:
    on_another_server(world)
    world.run(reap(world.keys, lease_ms=0))


def held(world: World) -> None:
    world.put("a0")
    world.hold(HoldReason.RATE, probe_in_ms=0)
    world.take("b1")


def shut(world: World) -> None:
    world.hold(HoldReason.BALANCE, balance=1.0)


def lifted(world: World) -> None:
    shut(world)
    world.run(lift_hold(world.keys, world.run(read_holds(world.keys))[0], redrive=True))


def held_for_money(world: World) -> None:
    world.put("a0")
    world.hold(HoldReason.BALANCE, probe_in_ms=0, balance=1.0, redrive=True)
    world.take("b1")


def failing(world: World) -> None:
    mixed(world)
    world.redis.hset(world.keys.single("health"), "rejected:sms", 299)


def queued(world: World) -> None:
    mixed(world)
    for n in range(3):
        world.put(f"q{n}", to="2784", priority=Priority.LOW)
    world.redis.hset(world.keys.message("q0"), "expires_at", 1)
    world.put("stopped", to="2785", priority=Priority.LOW)
    world.redis.sadd(world.keys.single("suppressed"), "sms:2785")


def strayed(world: World) -> None:
    """A message in another ready list than its own."""
    world.put("y")
    world.put("x", to="2782", campaign="x")
    world.redis.lrem(world.keys.family("ready", "normal", "sms", "x"), 0, "x")
    world.redis.rpush(world.keys.family("ready", "normal", "sms", ""), "x")


def pausing(world: World, name: str) -> Call[object]:
    seen = world.run(read_campaign(world.keys, name))
    assert seen
    return pause_campaign(world.keys, seen, why="x", by="me")


def resuming(world: World, name: str) -> Call[object]:
    seen = world.run(read_campaign(world.keys, name))
    assert seen
    return resume_campaign(world.keys, seen)


OUTCOMES: dict[str, Outcome] = {
    "a0": Accepted("api0"),
    "a1": Unsent("busy", 5_000),
    "a2": Rejected("content", Category.CONTENT, suppress=True),
    "b0": Accepted("apib"),
}
NEWS = [
    StatusUpdate("a0", "api0", StatusKind.DELIVERED, "DEVICE_ACK"),
    StatusUpdate("a1", "api1", StatusKind.ACCEPTED, "QUEUED", delay_ms=5),
    StatusUpdate("a2", "api2", StatusKind.READ, "READ", suppress=True),
]
TOO_FAST = [StatusUpdate("a0", "api0", StatusKind.RESEND, "LIMIT", delay_ms=5)]
GONE = [
    StatusUpdate(
        "a0", "api0", StatusKind.DEAD, "GONE", "GONE", Category.TEMPLATE, pause_campaign=True
    )
]
REPORT = WorkerReport(1, 0, None, None, None, "", 90_000)
FORGOTTEN = Taken("b9", Channel.SMS, "a", trial=False, turns={"a3": 2, "b3": 1, "paused3": 1})
KNOWN = Taken("b1", Channel.SMS, "a", trial=False, turns={"a3": 2, "b3": 1})
B1 = RanInto("b1", 1)
CASES: Final[Mapping[str, Case]] = {
    "enqueue": (mixed, new),
    "enqueue the first": (on_an_unknown_server, new),
    "claim on another server": (
        on_another_server, lambda w: claim(w.keys, "b3", terms=AT_ONCE),
    ),
    "reassert to a batch that is known": (
        queued, lambda w: reassert(w.keys, KNOWN, KNOWN.turns, departed=2, terms=AT_ONCE),
    ),
    "attend": (mixed, lambda w: attend(w.keys, "w1", spoken_for="")),
    "reassert": (
        queued, lambda w: reassert(w.keys, FORGOTTEN, FORGOTTEN.turns, departed=1, terms=AT_ONCE),
    ),
    "reap on another server": (on_another_server, lambda w: reap(w.keys)),
    "reap after an outage": (after_an_outage, lambda w: reap(w.keys)),
    "reap when the recovery is over": (recovered, lambda w: reap(w.keys)),
    "claim": (queued, lambda w: claim(w.keys, "b3", terms=AT_ONCE)),
    "claim of what stands in another list": (
        strayed, lambda w: claim(w.keys, "b3", terms=AT_ONCE),
    ),
    "claim under a limit": (
        queued,
        lambda w: claim(
            w.keys, "b3", terms=ClaimTerms(linger_ms=0, most_per_second={Channel.SMS: 1000})
        ),
    ),
    "depart": (mixed, lambda w: depart(w.keys, "b2", 1, lease_ms=9_000)),
    "depart for a retry": (slowed, lambda w: depart(w.keys, "b1", 2, lease_ms=9_000, messages=3)),
    "depart with a part": (
        mixed, lambda w: depart(w.keys, "b2", 2, lease_ms=9_000, part=["paused2"]),
    ),
    "slow_down": (mixed, lambda w: slow_down(w.keys, "b1", 1, departed_ms_ago=0)),
    "slow_down again": (slowed, lambda w: slow_down(w.keys, "b1", 2, departed_ms_ago=0)),
    "recall": (mixed, lambda w: recall(w.keys, "b1", 1)),
    "renew": (mixed, lambda w: renew(w.keys, ["b1", "b2"], lease_ms=90_000)),
    "settle": (mixed, lambda w: settle(w.keys, "b1", 1, OUTCOMES, first_check_ms=5)),
    "settle a part": (
        departed_in_part, lambda w: settle(w.keys, "b1", 1, OUTCOMES, first_check_ms=5),
    ),
    "settle a trial": (
        held, lambda w: settle(w.keys, "b1", 1, {"a0": Accepted("api0")}, first_check_ms=5),
    ),
    "reap": (lapsed, lambda w: reap(w.keys)),
    "reap what departed in part": (lapsed_in_part, lambda w: reap(w.keys)),
    "due": (mixed, lambda w: move_due(w.keys)),
    "cancel": (mixed, lambda w: cancel(w.keys, "paused0", JUST_QUEUED)),
    "discard": (after_settling, lambda w: discard(w.keys, [("a2", 1), ("b0", 1)])),
    "redrive": (after_settling, lambda w: redrive(w.keys, [("a2", 1), ("b0", 1)])),
    "resolve": (after_settling, lambda w: resolve(w.keys, [("a1", "b1")], resend=True)),
    "hold_place": (
        held,
        lambda w: place_hold(w.keys, HoldReason.RATE, comes_from=B1, why="", by="m", probe_in_ms=9),
    ),
    "hold_place: the first of a streak": (
        mixed,
        lambda w: place_hold(w.keys, HoldReason.REFUSED, comes_from=B1, why="y", by="m", after=3),
    ),
    "hold_lift": (held, lambda w: lift_hold(w.keys, w.run(read_holds(w.keys))[0])),
    "hold_lift to try": (shut, lambda w: try_hold(w.keys, w.run(read_holds(w.keys))[0])),
    "hold_balance": (shut, lambda w: keep_balance(w.keys, w.run(read_holds(w.keys))[0], 2.5)),
    "hold_lift and redrive": (
        shut, lambda w: lift_hold(w.keys, w.run(read_holds(w.keys))[0], redrive=True),
    ),
    "redrive_done": (lifted, lambda w: end_redrive(w.keys, w.run(read_redrives(w.keys))[0])),
    "settle what trips the circuit breaker": (
        failing, lambda w: settle(w.keys, "b1", 1, OUTCOMES, first_check_ms=5),
    ),
    "settle a trial under a hold that redrives": (
        held_for_money,
        lambda w: settle(w.keys, "b1", 1, {"a0": Accepted("api0")}, first_check_ms=5),
    ),
    "poll_claim": (after_settling, lambda w: claim_checks(w.keys, most=9, hold_ms=60_000)),
    "status_update": (after_settling, lambda w: write_status_updates(w.keys, NEWS)),
    "status_update: too fast": (
        after_settling,
        lambda w: write_status_updates(w.keys, TOO_FAST),
    ),
    "status_update: a template that is gone": (
        after_settling,
        lambda w: write_status_updates(w.keys, GONE),
    ),
    "campaign_steer to pause": (mixed, lambda w: pausing(w, "a")),
    "campaign_steer to resume": (mixed, lambda w: resuming(w, "paused")),
    "campaign_open": (mixed, lambda w: open_campaign(w.keys, "new", salt="s", fingerprint="f")),
    "archive": (
        after_settling,
        lambda w: archive_page(w.keys, "c:a", 0, retention_ms=0, dead_retention_ms=0),
    ),
    "audit_page": (mixed, lambda w: check_page(w.keys, "c:a", 0)),
    "claimable": (queued, lambda w: claimable(w.keys, most_per_second={})),
    "report_worker": (mixed, lambda _: report_worker(WorkerKey("celery@here"), REPORT)),
}  # fmt: skip
