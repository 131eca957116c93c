"""What died of a hold goes out again once it is lifted, where that is wanted."""

import pytest

from bulkwire.outcomes import Rejected
from bulkwire.states import Category
from bulkwire.store.redrives import end_redrive, read_redrives
from bulkwire.store.steering import Hold, HoldReason, RanInto, lift_hold, read_holds
from support import wait_until
from support.store_world import World


def holds(world: World) -> list[Hold]:
    return world.run(read_holds(world.keys))


def test_a_hold_that_redrives_says_so_when_it_is_lifted(world: World) -> None:
    world.hold(HoldReason.BALANCE, redrive=True)
    (hold,) = holds(world)
    assert hold.redrive
    answer, changes = world.changes(lift_hold(world.keys, hold))
    assert (answer, sorted(changes)) == (True, ["health", "holds", "redrives"])
    (wanted,) = world.run(read_redrives(world.keys))
    assert (wanted.field, wanted.since_ms) == ("balance", hold.since_ms)
    assert hold.since_ms <= wanted.until_ms <= world.now()


@pytest.mark.parametrize("redrive", [True, False])
def test_what_dies_of_a_used_up_balance_after_the_hold_was_lifted_is_redriven_too(
    world: World, redrive: bool
) -> None:
    """Its worker stood still between placing the hold and writing the answer down."""
    world.put()
    world.take("b1")
    world.depart("b1")
    unpaid = Rejected("insufficient_account_balance", Category.ACCOUNT)
    world.hold(HoldReason.BALANCE, comes_from=RanInto("b1", 1), redrive=redrive)
    world.run(lift_hold(world.keys, holds(world)[0]))
    for wanted in world.run(read_redrives(world.keys)):
        world.run(end_redrive(world.keys, wanted))
    world.settle({"m1": unpaid}, "b1")
    died_at = int(world.record()["changed_at"])
    found = [(one.since_ms, one.until_ms) for one in world.run(read_redrives(world.keys))]
    assert found == ([(died_at, died_at)] if redrive else [])


def test_what_two_holds_after_each_other_rejected_is_redriven_in_one(world: World) -> None:
    world.hold(HoldReason.BALANCE)
    (hold,) = holds(world)
    assert world.run(lift_hold(world.keys, hold, redrive=True))
    (first,) = world.run(read_redrives(world.keys))
    wait_until(lambda: world.now() > first.until_ms)
    world.hold(HoldReason.BALANCE)
    assert world.run(lift_hold(world.keys, holds(world)[0], redrive=True))
    (both,) = world.run(read_redrives(world.keys))
    assert (both.since_ms, both.until_ms > first.until_ms) == (hold.since_ms, True)
    assert world.changes(end_redrive(world.keys, first)) == (False, {})
    assert world.changes(end_redrive(world.keys, both)) == (True, {"redrives": None})


def test_a_hold_that_is_lifted_by_hand_redrives_only_where_that_was_wanted(world: World) -> None:
    world.hold(HoldReason.BALANCE)
    world.run(lift_hold(world.keys, holds(world)[0]))
    assert world.run(read_redrives(world.keys)) == []
