"""Leases: departing, recalling, renewing, and taking back what lapsed."""

import pytest

from bulkwire.outcomes import Accepted, Unsent
from bulkwire.states import OnDoubt, State
from bulkwire.store.sending import ClaimTerms, Departure, Verdict, depart, recall, renew
from bulkwire.store.steering import HoldReason
from bulkwire.store.upkeep import Reaped, reap
from support.store_world import AT_ONCE, World

TAKEN_BACK = Reaped(in_doubt=0, put_back=1, more=False, next_in_ms=None)


def test_departing_writes_that_the_request_may_have_left(world: World) -> None:
    world.put()
    world.take()
    call = depart(world.keys, "b1", 1, lease_ms=15_000)
    answer, changes = world.changes(call, moving={"leases"}, answer_differs=True)
    assert answer.verdict == Verdict.GO
    assert 8_000 < answer.lease_left_ms <= 15_000
    assert changes == {"batch:b1": {"departed": "1"}}


def test_departing_prolongs_the_lease_but_never_beyond_its_longest_term(world: World) -> None:
    world.put()
    world.take(terms=ClaimTerms(lease_ms=10_000, longest_lease_ms=50_000, linger_ms=0))
    answer = world.run(depart(world.keys, "b1", 1, lease_ms=150_000))
    assert 10_000 < answer.lease_left_ms <= 50_000


def test_who_lost_the_lease_may_not_depart(world: World) -> None:
    world.put()
    world.take()
    world.lapse("b1")
    lost = Departure(Verdict.LOST)
    answer, changes = world.changes(depart(world.keys, "b1", 1, lease_ms=15_000))
    assert (answer, changes) == (lost, {})
    world.run(reap(world.keys))
    assert world.run(depart(world.keys, "b1", 1, lease_ms=15_000)) == lost
    assert world.run(depart(world.keys, "never", 1, lease_ms=15_000)) == lost


@pytest.mark.parametrize(
    ("campaign", "verdict"), [("paused", Verdict.HELD), ("cancelled", Verdict.CANCELLED)]
)
def test_a_batch_does_not_depart_once_its_campaign_was_stopped(
    world: World, campaign: str, verdict: Verdict
) -> None:
    world.put(campaign="spring")
    world.take()
    world.redis.hset(world.keys.campaign("spring"), "state", campaign)
    answer, changes = world.changes(depart(world.keys, "b1", 1, lease_ms=15_000))
    assert (answer.verdict, changes) == (verdict, {})


def test_a_batch_does_not_depart_past_a_hold_that_was_placed_since(world: World) -> None:
    world.put()
    world.take()
    world.hold(HoldReason.OPERATOR)
    answer, changes = world.changes(depart(world.keys, "b1", 1, lease_ms=15_000))
    assert (answer.verdict, changes) == (Verdict.HELD, {})


def test_an_attempt_that_surely_did_not_leave_is_recalled(world: World) -> None:
    world.put()
    world.take()
    world.depart()
    answer, changes = world.changes(recall(world.keys, "b1", 1))
    assert (answer, changes) == (True, {"batch:b1": {"departed": None, "ended": "1"}})
    world.lapse("b1")
    assert world.run(reap(world.keys)) == TAKEN_BACK


def test_a_recall_that_comes_late_does_not_take_back_the_next_attempt(world: World) -> None:
    world.put()
    world.take()
    world.depart(attempt=1)
    world.depart(attempt=2)
    answer, changes = world.changes(recall(world.keys, "b1", 1))
    assert (answer, changes) == (True, {"batch:b1": {"ended": "1"}})
    assert not world.run(recall(world.keys, "never", 1))


def test_a_departure_that_comes_after_its_recall_leaves_no_doubt(world: World) -> None:
    world.put()
    world.take()
    world.depart(attempt=1)
    world.run(recall(world.keys, "b1", 1))
    world.depart(attempt=1)
    assert "departed" not in world.value(world.keys.family("batch", "b1"))
    world.depart(attempt=2)
    assert world.value(world.keys.family("batch", "b1"))["departed"] == "2"


def test_leases_are_renewed_by_name_and_never_shortened(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}")
        world.take(f"b{n}", ClaimTerms(lease_ms=5_000, longest_lease_ms=9_000, linger_ms=0))
    world.lapse("b2")
    leases = world.value(world.keys.single("leases"))
    call = renew(world.keys, ["b0", "b2", "never"], lease_ms=60_000)
    answer, _ = world.changes(call, moving={"leases"}, answer_differs=True)
    assert (answer["b2"], answer["never"]) == (0, 0)
    assert 4_000 < answer["b0"] <= 9_000
    world.run(renew(world.keys, ["b0"], lease_ms=1))
    renewed = world.value(world.keys.single("leases"))
    assert renewed == {**leases, "b0": renewed["b0"]}
    assert renewed["b0"] >= leases["b0"] + 3_000


def test_what_a_lapsed_lease_held_and_never_left_goes_back_to_the_front(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}", campaign="spring")
    world.take(terms=ClaimTerms(most_messages=2, linger_ms=0))
    world.lapse("b1")
    answer, changes = world.changes(reap(world.keys), answer_differs=True)
    assert answer == Reaped(in_doubt=0, put_back=2, more=False, next_in_ms=None)
    returned = {
        "state": "queued", "turn": "2", "reason": "lease_lapsed", "lapses": "1",
        "history": "T queued \nT sending batch b1\nT queued lease_lapsed",
    }  # fmt: skip
    assert changes == {
        "message:m0": returned,
        "message:m1": returned,
        "ready:normal:sms:spring": ["m0", "m1", "m2"],
        "batch:b1": None,
        "leases": None,
        "counts": {"queued": "3", "sending": "0"},
        "campaign:spring": {"count:queued": "3", "count:sending": "0"},
    }


def test_what_may_have_left_with_a_lapsed_lease_is_in_doubt(world: World) -> None:
    world.put()
    world.take()
    world.depart()
    world.lapse("b1")
    answer, changes = world.changes(reap(world.keys), answer_differs=True)
    assert answer == Reaped(in_doubt=1, put_back=0, more=False, next_in_ms=None)
    assert changes == {
        "message:m1": {
            "state": "in_doubt", "reason": "lease_lapsed", "request": "1",
            "history": "T queued \nT sending batch b1\nT in_doubt lease_lapsed",
        },
        "in_doubt": {"m1": "T"},
        "batch:b1": None,
        "leases": None,
        "counts": {"sending": "0", "in_doubt": "1"},
    }  # fmt: skip


def test_only_a_message_that_said_so_is_sent_again_and_only_once(world: World) -> None:
    world.put(on_doubt=OnDoubt.RESEND)
    for batch in ("b1", "b2"):
        world.take(batch)
        world.depart(batch)
        world.lapse(batch)
        world.run(reap(world.keys))
    assert world.state() == State.IN_DOUBT
    words = [line.split(" ")[1] for line in world.record()["history"].split("\n")]
    assert words == ["queued", "sending", "in_doubt", "queued", "sending", "in_doubt"]


def test_a_lease_that_stands_is_left_alone(world: World) -> None:
    world.put()
    world.take()
    world.depart()
    answer, changes = world.changes(reap(world.keys), answer_differs=True)
    assert changes == {}
    assert answer.next_in_ms is not None
    assert 8_000 < answer.next_in_ms <= 15_000


def test_reaping_takes_two_batches_at_a_time_and_keeps_their_order(world: World) -> None:
    for n in range(6):
        world.put(f"m{n}", to=f"2782{n}")
    for n in range(3):
        world.take(f"b{n}", ClaimTerms(most_messages=2, linger_ms=0))
    world.lapse("b0", "b1", "b2")
    assert world.run(reap(world.keys)).more
    assert world.ready() == ["m0", "m1", "m2", "m3"]
    assert not world.run(reap(world.keys)).more
    assert sorted(world.ready()) == [f"m{n}" for n in range(6)]


def test_a_message_that_loses_its_workers_travels_alone_and_is_dead_at_last(
    world: World,
) -> None:
    world.put()
    alone = []
    for n in range(5):
        world.take(f"b{n}")
        world.lapse(f"b{n}")
        world.run(reap(world.keys))
        alone.append(world.record().get("alone"))
    assert alone == [None, None, "1", "1", "1"]
    record = world.record()
    assert (record["state"], record["reason"], record["category"]) == (
        "dead", "worker_lost", "exhausted",
    )  # fmt: skip
    assert world.ask() is not None


def test_reaping_leaves_what_was_settled_before_the_lease_lapsed(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}")
    world.take(terms=AT_ONCE)
    world.depart()
    world.settle({"m0": Accepted("api0"), "m1": Unsent("busy", delay_ms=1000)})
    world.depart("b1", 2)
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 1
    assert [world.state(f"m{n}") for n in range(3)] == ["accepted", "scheduled", "in_doubt"]


def test_unsent_messages_of_a_cancelled_campaign_are_cancelled(world: World) -> None:
    world.put(campaign="spring")
    world.take()
    world.redis.hset(world.keys.campaign("spring"), "state", "cancelled")
    world.lapse("b1")
    world.run(reap(world.keys))
    assert world.state() == State.CANCELLED
    assert world.counts("spring") == {"cancelled": 1, "total": 1}


def test_of_a_batch_that_departed_in_part_only_that_part_is_in_doubt(world: World) -> None:
    for n in range(4):
        world.put(f"m{n}", to=f"2782{n}")
    world.take()
    call = depart(world.keys, "b1", 1, lease_ms=15_000, part=["m0", "m1"])
    _, changes = world.changes(call, moving={"leases"}, answer_differs=True)
    assert changes == {"batch:b1": {"departed": "1", "leaving": "m0,m1"}}
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 2
    assert [world.state(f"m{n}") for n in range(4)] == ["in_doubt"] * 2 + ["queued"] * 2
    assert world.ready() == ["m2", "m3"]


def test_an_attempt_with_the_whole_batch_may_follow_one_with_a_part(world: World) -> None:
    world.put("m1")
    world.put("m2", to="27820000002")
    world.take()
    world.depart("b1", 1, "m1")
    world.run(recall(world.keys, "b1", 1))
    assert "leaving" not in world.value(world.keys.family("batch", "b1"))
    world.depart("b1", 2, "m1")
    world.depart("b1", 3)
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 2
