"""What people and workers decide comes late, too: it undoes nothing that was decided since."""

from bulkwire.outcomes import Unsent
from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.steering import (
    HoldReason,
    RanInto,
    Standing,
    lift_hold,
    place_hold,
    read_holds,
    read_standing,
)
from bulkwire.store.upkeep import move_due
from support import wait_until
from support.store_world import World


def test_a_cancellation_told_again_finds_it_done(world: World) -> None:
    world.put()
    late = world.cancelling()
    world.run(late)
    assert world.changes(late) == (Standing(State.CANCELLED, 1), {})


def test_a_late_cancellation_leaves_alone_what_has_come_back_since(world: World) -> None:
    world.put()
    late = world.cancelling()
    for n, outcome in enumerate([Unsent("limit", 60_000), Unsent("busy")]):
        world.take(f"b{n}")
        assert world.changes(late) == (Standing(State.SENDING, n + 1), {})
        world.settle({"m1": outcome}, f"b{n}")
        came_back = world.run(read_standing(world.keys, "m1"))
        assert came_back
        assert came_back.waits
        assert world.changes(late) == (came_back, {})
        world.make_due("m1")
        world.run(move_due(world.keys))
    assert world.run(world.cancelling()) == Standing(State.CANCELLED, 3)


def holding(world: World, comes_from: RanInto | int) -> Call[bool]:
    return place_hold(
        world.keys, HoldReason.RATE, comes_from=comes_from, why="busy", by="me", probe_in_ms=9
    )


def lift_all(world: World) -> None:
    for hold in world.run(read_holds(world.keys)):
        assert world.run(lift_hold(world.keys, hold))


def test_a_request_that_was_settled_places_no_hold_any_more(world: World) -> None:
    world.put("m0")
    world.put("m1", to="27820000002")
    world.take("b1")
    for n in (1, 2):  # the first with half of the batch; the second ends it
        world.depart("b1", n)
        world.settle({f"m{n - 1}": Unsent("busy", 60_000)}, "b1", n)
        assert world.changes(holding(world, RanInto("b1", n))) == (False, {})


def test_a_hold_that_was_lifted_is_not_put_back_by_the_request_that_placed_it(
    world: World,
) -> None:
    world.put()
    world.take("b1")
    world.depart("b1")
    late = holding(world, RanInto("b1", 1))
    assert world.run(late)
    lift_all(world)
    assert world.changes(late) == (False, {})


def test_a_hold_that_was_lifted_is_not_put_back_by_who_decided_on_it_before(world: World) -> None:
    decided_at = world.now()
    unheard, late = holding(world, decided_at - 1), holding(world, decided_at)
    assert world.run(late)
    wait_until(lambda: world.now() > decided_at, 5)
    lift_all(world)
    assert world.changes(late) == (False, {})
    assert world.changes(unheard) == (False, {})
    assert world.run(holding(world, world.now()))


def test_a_clock_that_was_set_back_keeps_nobody_from_placing_a_hold(world: World) -> None:
    health = world.keys.single("health")
    world.redis.hset(health, "lifted:rate", f"{world.now() + 3_600_000} b0")
    assert world.run(holding(world, world.now()))


def test_a_failed_trial_told_again_doubles_the_wait_once(world: World) -> None:
    world.put()
    world.hold(HoldReason.RATE, probe_in_ms=0)
    assert world.take("b1").trial
    late = holding(world, RanInto("b1", 1))
    world.run(late)
    _, changes = world.changes(late)
    assert changes == {}
