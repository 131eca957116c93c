"""Holds: what they stop, how a single message tries them, what lifts them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bulkwire.outcomes import Accepted, Rejected, Unsent
from bulkwire.states import Category, Channel, Priority, State
from bulkwire.store.call import Call
from bulkwire.store.sending import ClaimTerms, Waiting
from bulkwire.store.steering import (
    Hold,
    HoldReason,
    RanInto,
    keep_balance,
    lift_hold,
    place_hold,
    read_holds,
    try_hold,
)
from support import wait_until
from support.store_world import World

MINUTE = 60_000


def holds(world: World) -> list[Hold]:
    return world.run(read_holds(world.keys))


def placing(
    world: World, comes_from: RanInto | int | None = None, probe_in_ms: int | None = MINUTE,
    **more: Any,
) -> Call[bool]:  # fmt: skip
    reason = more.pop("reason", HoldReason.RATE)
    seen = world.now() if comes_from is None else comes_from
    return place_hold(
        world.keys, reason, comes_from=seen, why="busy", by="me", probe_in_ms=probe_in_ms, **more
    )


def place(world: World, *about: Any, **more: Any) -> bool:
    return world.run(placing(world, *about, **more))


def let_probe_come(world: World) -> None:
    """The hold may be tried now."""
    key = world.keys.single("holds")
    for field, hold in world.value(key).items():
        world.redis.hset(key, field, json.dumps({**hold, "probe_at": 1}))


def put_two(world: World) -> None:
    world.put("m1")
    world.put("m2", to="27820000002")


def test_a_hold_says_why_by_whom_and_since_when(world: World) -> None:
    call = place_hold(
        world.keys, HoldReason.AUTH, comes_from=1, why="401", by="worker", balance=1.5, key="k1"
    )
    answer, changes = world.changes(call)
    assert answer
    assert list(changes) == ["holds"]
    (hold,) = holds(world)
    assert world.now() - 5_000 < hold.since_ms <= world.now()
    assert hold == Hold(
        "auth", HoldReason.AUTH, None, hold.since_ms, "401", "worker", None, 0, 1.5, "k1"
    )


def test_a_standing_hold_is_left_as_it_is(world: World) -> None:
    world.put()
    world.take("b1")
    assert place(world, 7)
    before = world.dump()
    assert not place(world, RanInto("b1", 1))
    assert not place(world, 8)
    assert world.dump() == before


def test_a_hold_without_a_probe_stops_every_priority(world: World) -> None:
    place(world, probe_in_ms=None)
    for priority in Priority:
        world.put(str(priority), priority=priority)
    assert world.ask() == Waiting(None)
    assert world.counts() == {"queued": 3, "total": 3}


def test_a_hold_with_a_probe_says_when_to_ask_again(world: World) -> None:
    world.put()
    place(world)
    waiting = world.ask()
    assert waiting.again_in_ms is not None
    assert MINUTE - 5_000 < waiting.again_in_ms <= MINUTE


def test_a_hold_of_one_channel_lets_the_other_pass(world: World) -> None:
    world.put("m1")
    world.put("m2", channel=Channel.WHATSAPP)
    place(world, channel=Channel.WHATSAPP)
    assert [m.id for m in world.take().messages] == ["m1"]
    assert [hold.field for hold in holds(world)] == ["rate:whatsapp"]


def test_a_trial_takes_exactly_one_message_and_nobody_else_gets_one(world: World) -> None:
    put_two(world)
    place(world)
    let_probe_come(world)
    trial = world.take("b1")
    assert (trial.trial, [m.id for m in trial.messages]) == (True, ["m1"])
    waiting = world.ask("b2")
    assert waiting.again_in_ms is not None
    assert 15_000 < waiting.again_in_ms <= 30_000
    assert world.depart("b1") == "go"


@pytest.mark.parametrize(
    ("outcome", "lifted"),
    [
        (Accepted("api1"), True),
        (Rejected("bad number", Category.RECIPIENT), True),
        (Rejected("suspended", Category.ACCOUNT), False),
        (Unsent("busy"), False),
    ],
)
def test_a_trial_that_gets_through_lifts_the_hold(
    world: World, outcome: Accepted | Rejected | Unsent, lifted: bool
) -> None:
    put_two(world)
    place(world)
    let_probe_come(world)
    world.take("b1")
    world.depart("b1")
    world.settle({"m1": outcome}, "b1")
    assert (holds(world) == []) == lifted


def test_a_trial_that_fails_doubles_the_wait(world: World) -> None:
    put_two(world)
    place(world)
    waits = []
    for n in range(1, 5):
        let_probe_come(world)
        world.take(f"b{n}")
        assert not place(world, RanInto(f"b{n}", 1), longest_probe_ms=10 * MINUTE)
        before = world.dump()
        assert not place(world, RanInto(f"b{n}", 1), longest_probe_ms=10 * MINUTE)
        assert world.dump() == before
        (hold,) = holds(world)
        waits.append(round(((hold.probe_at_ms or 0) - world.now()) / MINUTE))
        world.settle({"m1": Unsent("busy")}, f"b{n}")
    assert waits == [2, 4, 8, 10]
    assert holds(world)[0].streak == 4


def test_two_holds_are_both_tried_or_neither(world: World) -> None:
    world.put()
    place(world)
    let_probe_come(world)
    place(world, reason=HoldReason.REFUSED, probe_in_ms=None)
    assert world.ask() == Waiting(None)


def test_a_trial_does_not_depart_past_a_hold_that_people_placed_since(world: World) -> None:
    world.put()
    place(world)
    let_probe_come(world)
    world.take("b1")
    place(world, None, None, reason=HoldReason.OPERATOR)
    assert world.depart("b1") == "held"


def test_a_trial_that_got_through_leaves_the_holds_that_it_did_not_try(world: World) -> None:
    world.put()
    place(world)
    let_probe_come(world)
    world.take("b1")
    place(world, None, None, reason=HoldReason.OPERATOR)
    world.settle({"m1": Accepted("api1")}, "b1")
    assert [hold.reason for hold in holds(world)] == [HoldReason.OPERATOR]


def test_a_lifted_hold_lets_everything_pass(world: World) -> None:
    put_two(world)
    placed_at = 7
    place(world, placed_at, probe_in_ms=None)
    (hold,) = holds(world)
    answer, changes = world.changes(lift_hold(world.keys, hold))
    assert (answer, changes) == (True, {"holds": None, "health": {"lifted:rate": f"T {placed_at}"}})
    assert len(world.take().messages) == 2


def test_a_hold_that_only_people_lift_may_be_tried_when_they_say_so(world: World) -> None:
    put_two(world)
    place(world, probe_in_ms=None)
    answer, changes = world.changes(try_hold(world.keys, holds(world)[0]))
    assert answer
    assert list(changes) == ["holds"]
    assert world.take().trial


def test_lifting_the_hold_that_was_seen_spares_the_one_that_stands_now(world: World) -> None:
    place(world)
    (old,) = holds(world)
    world.run(lift_hold(world.keys, old))
    world.redis.hset(
        world.keys.single("holds"), "rate",
        '{"reason":"rate","since":7,"why":"new","by":"me","streak":0,"batch":"b9"}',
    )  # fmt: skip
    for call in (lift_hold, try_hold):
        answer, changes = world.changes(call(world.keys, old))
        assert (answer, changes) == (False, {})
    assert holds(world)[0].why == "new"


def test_the_balance_under_a_hold_is_kept_for_the_hold_that_was_seen(world: World) -> None:
    place(world, probe_in_ms=None, reason=HoldReason.BALANCE, balance=1.0)
    (hold,) = holds(world)
    answer, changes = world.changes(keep_balance(world.keys, hold, 2.5))
    assert (answer, list(changes)) == (True, ["holds"])
    assert holds(world) == [replace(hold, balance=2.5)]
    world.run(lift_hold(world.keys, hold))
    assert world.changes(keep_balance(world.keys, hold, 9.0)) == (False, {})


def test_a_balance_that_was_tried_in_vain_is_remembered_for_an_hour(world: World) -> None:
    place(world, probe_in_ms=None, reason=HoldReason.BALANCE)
    world.run(keep_balance(world.keys, holds(world)[0], 0.5))
    world.run(lift_hold(world.keys, holds(world)[0]))
    place(world, probe_in_ms=None, reason=HoldReason.BALANCE)
    assert holds(world)[0].balance == 0.5
    world.run(lift_hold(world.keys, holds(world)[0]))
    key = world.keys.single("health")
    world.redis.hset(key, "balance_tried_at", world.now() - 61 * MINUTE)
    place(world, probe_in_ms=None, reason=HoldReason.BALANCE)
    assert holds(world)[0].balance is None


def test_a_held_message_stays_queued(world: World) -> None:
    world.put()
    place(world)
    world.ask()
    assert world.state() == State.QUEUED


def test_a_trial_says_nothing_about_a_hold_that_came_after_it(world: World) -> None:
    """It was paid for before the balance was used up: the next request would be rejected."""
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}")
    world.take("b1", ClaimTerms(most_messages=1, linger_ms=0))
    world.depart("b1")
    world.hold(HoldReason.RATE, probe_in_ms=0)
    [tried] = world.take("b2").messages
    world.depart("b2")
    since = world.now()
    wait_until(lambda: world.now() > since)
    world.hold(HoldReason.BALANCE, comes_from=RanInto("b1", 1), probe_in_ms=60_000)
    world.settle({tried.id: Accepted("api1")}, "b2")
    assert [hold.reason for hold in world.run(read_holds(world.keys))] == [HoldReason.BALANCE]
