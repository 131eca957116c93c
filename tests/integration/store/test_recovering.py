"""A server that came back and may have forgotten: nobody claims, and who sent it says so again."""

import json

import pytest

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered
from bulkwire.states import Category, Channel, State
from bulkwire.store.recovering import Reasserted, Taken, attend, reassert
from bulkwire.store.sending import Batch, ClaimTerms, Waiting, claim
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.steering import HoldReason, read_holds
from bulkwire.store.upkeep import move_due, reap
from support.store_copy import StoreCopy
from support.store_rules import broken_rules
from support.store_world import AT_ONCE, World

TERMS = ClaimTerms(lease_ms=10_000, linger_ms=0)


def change_server(world: World) -> None:
    world.redis.hset(world.keys.single("server"), "run_id", "the server before")


def pass_time(world: World, ms: int) -> None:
    world.redis.hincrby(world.keys.single("server"), "reaped_at", -ms)


def place_recovery(world: World, *, since: int) -> None:
    """A hold whose lease of 10 s is over."""
    hold = {
        "reason": "recovering", "since": since, "why": "x", "by": "y", "streak": 0,
        "ends_at": 1, "lease": 10_000,
    }  # fmt: skip
    world.redis.hset(world.keys.single("holds"), "recovering", json.dumps(hold))


def end_recovery(world: World) -> None:
    hold = world.value(world.keys.single("holds"))["recovering"]
    place_recovery(world, since=int(hold["since"]))


def say_again(world: World, batch: Batch, departed: int = 1) -> Reasserted:
    taken = Taken.of(batch)
    return world.run(reassert(world.keys, taken, taken.turns, departed=departed, terms=AT_ONCE))


def test_nobody_claims_for_a_lease_after_the_server_changed(world: World) -> None:
    world.put("m1")
    world.put("m2", to="27820000002")
    world.take("b1", ClaimTerms(most_messages=1, linger_ms=0))
    change_server(world)

    answer, changes = world.changes(claim(world.keys, "b2", terms=TERMS), answer_differs=True)

    assert isinstance(answer, Waiting)
    assert answer.again_in_ms
    assert 5_000 < answer.again_in_ms <= 10_000
    assert changes["server"] == {"run_id": world.redis.info("server")["run_id"]}
    [hold] = world.run(read_holds(world.keys))
    assert hold.reason is HoldReason.RECOVERING
    assert hold.ends_at_ms
    assert hold.ends_at_ms - hold.since_ms == 10_000
    assert set(changes) == {"server", "holds"}
    assert world.depart("b1") == "held"


def test_leases_get_a_fresh_term_from_a_changed_server(world: World) -> None:
    world.put()
    world.take()
    world.depart()
    world.lapse("b1")
    change_server(world)

    reaped, changes = world.changes(reap(world.keys, lease_ms=10_000), answer_differs=True)

    assert reaped.in_doubt == 0
    assert reaped.next_in_ms is not None
    assert 5_000 < reaped.next_in_ms <= 10_000
    assert changes["leases"] == {"b1": "T"}
    assert world.state() == State.SENDING


def test_the_hold_ends_by_itself(world: World) -> None:
    world.put()
    change_server(world)
    world.run(reap(world.keys, lease_ms=10_000))
    assert world.ask().again_in_ms
    end_recovery(world)
    assert world.take("b1").messages
    world.run(reap(world.keys))
    assert world.run(read_holds(world.keys)) == []


def test_the_first_message_of_an_account_says_which_server_it_was_put_on(world: World) -> None:
    world.redis.flushdb()
    world.put()
    assert (
        world.run(attend(world.keys, "w1", spoken_for="")) == world.redis.info("server")["run_id"]
    )
    assert world.take("b1").messages
    assert world.run(read_holds(world.keys)) == []


def test_an_account_without_messages_has_nothing_to_recover(world: World) -> None:
    world.redis.flushdb()
    assert world.ask().again_in_ms == 0
    assert world.ask().again_in_ms is None
    world.run(reap(world.keys))
    assert world.run(read_holds(world.keys)) == []
    assert world.run(attend(world.keys, "w1", spoken_for=""))


def test_after_a_time_without_renewals_a_lease_gets_one_fresh_term(world: World) -> None:
    world.put()
    world.take()
    world.depart()
    world.lapse("b1")
    pass_time(world, 5_001)
    reaped, changes = world.changes(reap(world.keys, lease_ms=10_000), answer_differs=True)
    assert (reaped.in_doubt, world.state()) == (0, State.SENDING)
    assert changes["batch:b1"] == {"prolonged": "1"}

    world.lapse("b1")
    pass_time(world, 5_001)
    assert world.run(reap(world.keys, lease_ms=10_000)).more
    assert world.run(reap(world.keys, lease_ms=10_000)).in_doubt == 1


def test_a_short_pause_of_upkeep_gives_no_fresh_term(world: World) -> None:
    world.put()
    world.take()
    world.lapse("b1")
    pass_time(world, 4_000)
    assert world.run(reap(world.keys, lease_ms=10_000)).put_back == 1


def test_a_clock_that_was_set_back_does_not_keep_leases_for_longer(world: World) -> None:
    world.put()
    world.take()
    world.redis.zincrby(world.keys.single("leases"), 3_600_000, "b1")
    pass_time(world, -3_600_000)
    reaped = world.run(reap(world.keys, lease_ms=10_000))
    assert reaped.next_in_ms is not None
    assert reaped.next_in_ms <= 10_000


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Accepted("api1"), State.ACCEPTED),
        (Rejected("content", Category.CONTENT), State.DEAD),
        (Unanswered("timeout"), State.IN_DOUBT),
    ],
)
def test_what_was_answered_and_forgotten_is_written_again(
    world: World, outcome: Outcome, state: State
) -> None:
    world.put(campaign="spring")
    copy = StoreCopy.of(world.redis)
    batch = world.take()
    world.depart()
    world.settle({"m1": outcome})
    copy.put_back(world.keys.single("server"))
    world.run(reap(world.keys))
    assert world.state() == State.QUEUED

    assert say_again(world, batch) == Reasserted(set_right=1, unknown=0)
    world.settle({"m1": outcome})

    assert world.state() == state
    assert world.counts("spring") == {str(state): 1, "total": 1}
    end_recovery(world)
    assert world.ask("b2").again_in_ms in {None, 0}
    assert world.value(world.keys.single("leases")) is None


def test_a_request_on_the_wire_keeps_its_batch_on_a_server_that_forgot_it(world: World) -> None:
    world.put()
    copy = StoreCopy.of(world.redis)
    batch = world.take()
    world.depart()
    copy.put_back(world.keys.single("server"))
    world.run(reap(world.keys))

    taken = Taken.of(batch)
    call = reassert(world.keys, taken, taken.turns, departed=1, terms=AT_ONCE)
    _, changes = world.changes(call, answer_differs=True)

    assert changes["batch:b1"] == {
        "ids": "m1", "channel": "sms", "campaign": "", "claimed_at": "T", "until": "T",
        "trial": "0", "said_again": "1", "departed": "1",
    }  # fmt: skip
    assert world.state() == State.SENDING
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 0
    end_recovery(world)
    assert world.run(reap(world.keys)).in_doubt == 1


def test_a_batch_that_was_forgotten_departs_no_more(world: World) -> None:
    """Else its second half could leave while the queue gives it to another."""
    world.put("m1")
    world.put("m2", to="27820000002")
    copy = StoreCopy.of(world.redis)
    batch = world.take()
    copy.put_back()
    world.run(reassert(world.keys, Taken.of(batch), ["m1"], departed=1, terms=AT_ONCE))
    assert world.depart("b1", 2, "m2") == "lost"
    world.settle({"m1": Accepted("api1")})
    assert [message.id for message in world.take("b2").messages] == ["m2"]


def test_of_a_batch_that_is_known_only_what_left_is_said_again(world: World) -> None:
    world.put("m1")
    world.put("m2", to="27820000002")
    batch = world.take()
    copy = StoreCopy.of(world.redis)
    world.depart("b1", 1, "m1")
    copy.put_back()
    call = reassert(world.keys, Taken.of(batch), ["m1"], departed=1, terms=AT_ONCE)
    _, changes = world.changes(call)
    assert changes == {"batch:b1": {"departed": "1", "leaving": "m1"}}
    assert world.depart("b1", 2, "m2") == "go"


def test_what_is_said_of_a_batch_later_joins_what_was_said_first(world: World) -> None:
    world.put("m1")
    world.put("m2", to="27820000002")
    copy = StoreCopy.of(world.redis)
    batch = world.take()
    copy.put_back()
    world.run(reassert(world.keys, Taken.of(batch), ["m1"], departed=1, terms=AT_ONCE))
    call = reassert(world.keys, Taken.of(batch), ["m1", "m2"], departed=2, terms=AT_ONCE)
    answer, changes = world.changes(call, answer_differs=True)
    assert answer == Reasserted(set_right=1, unknown=0)
    assert changes["batch:b1"] == {"ids": "m1,m2", "departed": "2"}
    assert broken_rules(world) == []
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 2


def test_that_it_left_is_said_again_where_only_that_was_forgotten(world: World) -> None:
    world.put()
    batch = world.take()
    copy = StoreCopy.of(world.redis)
    world.depart()
    copy.put_back()
    assert say_again(world, batch) == Reasserted(set_right=0, unknown=0)
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 1


def test_a_record_that_forgot_more_than_one_attempt_follows_the_last(world: World) -> None:
    world.bring(State.ACCEPTED)
    copy = StoreCopy.of(world.redis)
    world.tell(StatusKind.RESEND)
    world.make_due("m1")
    world.run(move_due(world.keys))
    world.forget_rate()
    batch = world.take("b2")
    world.depart("b2")
    world.settle({"m1": Accepted("api2")}, "b2")
    copy.put_back()

    assert say_again(world, batch).set_right == 1
    world.settle({"m1": Accepted("api2")}, "b2")
    assert (world.state(), world.record()["api_id"]) == (State.ACCEPTED, "api2")


@pytest.mark.parametrize(
    "state",
    [s for s in State if s not in {State.ARCHIVED, State.SCHEDULED, State.SUPPRESSED}],
)
def test_where_nothing_was_forgotten_nothing_changes(world: World, state: State) -> None:
    world.bring(state)
    if state in {State.QUEUED, State.CANCELLED}:
        world.redis.hincrby(world.keys.message("m1"), "turn", 1)  # it went on since
    if state == State.SENDING:
        world.depart()
    taken = Taken("b1", Channel.SMS, "", trial=False, turns={"m1": 1})
    call = reassert(world.keys, taken, taken.turns, departed=1, terms=AT_ONCE)
    answer, changes = world.changes(call)
    assert answer == Reasserted(set_right=0, unknown=0)
    assert changes == {}


def test_messages_without_a_record_are_counted(world: World) -> None:
    copy = StoreCopy.of(world.redis)
    world.put()
    batch = world.take()
    copy.put_back()
    assert say_again(world, batch) == Reasserted(set_right=0, unknown=1)
    assert world.counts() == {}
