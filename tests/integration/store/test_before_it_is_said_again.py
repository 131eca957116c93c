"""What happens to messages between a rollback of the store and what their workers say again."""

import json

from bulkwire.outcomes import Accepted, Rejected, Unanswered
from bulkwire.states import Category, State
from bulkwire.store.recovering import Reasserted, Taken, attend, reassert
from bulkwire.store.repairing import repair_index
from bulkwire.store.sending import Batch, ClaimTerms
from bulkwire.store.steering import HoldReason, discard, redrive
from bulkwire.store.upkeep import reap
from support.store_copy import StoreCopy
from support.store_world import AT_ONCE, World

TERMS = ClaimTerms(lease_ms=10_000, linger_ms=0)


def place_recovery(world: World, *, since: int) -> None:
    """A hold whose lease of 10 s is over."""
    hold = {
        "reason": "recovering", "since": since, "why": "x", "by": "y", "streak": 0,
        "ends_at": 1, "lease": 10_000,
    }  # fmt: skip
    world.redis.hset(world.keys.single("holds"), "recovering", json.dumps(hold))


def say_again(world: World, batch: Batch) -> Reasserted:
    taken = Taken.of(batch)
    return world.run(reassert(world.keys, taken, taken.turns, departed=1, terms=AT_ONCE))


def test_nothing_is_taken_back_before_all_have_said_what_they_sent(world: World) -> None:
    """Else it would go out again: in a later turn than the one that is said."""
    world.put()
    world.run(attend(world.keys, "w1", spoken_for="the server before"))
    batch = world.take("b1", TERMS)
    copy = StoreCopy.of(world.redis)
    world.depart()
    world.settle({"m1": Unanswered("timeout")})
    copy.put_back(world.keys.single("server"))
    world.run(reap(world.keys, lease_ms=10_000))

    place_recovery(world, since=world.now() - 10_100)  # its lease is over
    world.run(attend(world.keys, "w1", spoken_for="the server before"))  # still speaking
    world.lapse("b1")
    reaped = world.run(reap(world.keys, lease_ms=10_000))
    assert (reaped.put_back, reaped.more, world.state()) == (0, False, State.SENDING)
    assert reaped.next_in_ms

    say_again(world, batch)
    world.settle({"m1": Unanswered("timeout")})
    world.run(attend(world.keys, "w1", spoken_for=world.redis.info("server")["run_id"]))
    world.run(reap(world.keys, lease_ms=10_000))
    assert world.state() == State.IN_DOUBT
    assert world.ask("b2").again_in_ms in {None, 0}


def test_a_trial_does_not_leave_while_what_was_forgotten_is_said_again(world: World) -> None:
    """Somebody else may have sent it in the moments that were forgotten."""
    world.put()
    world.hold(HoldReason.RATE, probe_in_ms=0)
    assert world.take().trial
    world.redis.hset(world.keys.single("server"), "run_id", "the server before")
    world.run(reap(world.keys, lease_ms=10_000))
    assert world.depart() == "held"
    place_recovery(world, since=1)
    assert world.depart() == "go"


def test_what_was_cancelled_after_it_had_left_and_was_forgotten_counts_as_sent(
    world: World,
) -> None:
    world.put()
    copy = StoreCopy.of(world.redis)
    batch = world.take()
    world.depart()
    world.settle({"m1": Accepted("api1")})
    copy.put_back(world.keys.single("server"))
    world.run(world.cancelling())
    assert say_again(world, batch).set_right == 1
    world.settle({"m1": Accepted("api1")})
    assert world.state() == State.ACCEPTED


def test_a_letter_that_had_left_again_and_was_forgotten_is_given_up_no_more(world: World) -> None:
    """Else it would be listed as dead and could not be redriven, and no audit would hold."""
    world.bring(State.DEAD)
    copy = StoreCopy.of(world.redis)
    world.run(redrive(world.keys, [("m1", 1)]))
    batch = world.take("b2")
    world.depart("b2")
    copy.put_back(world.keys.single("server"))
    world.run(discard(world.keys, [("m1", 1)]))
    say_again(world, batch)
    world.settle({"m1": Rejected("content", Category.CONTENT)}, "b2")
    assert world.run(repair_index(world.keys, "dead", ["m1"], only_look=True)) == []
    assert world.run(redrive(world.keys, [("m1", 2)])) == {"m1": "queued"}
