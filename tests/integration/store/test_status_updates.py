"""Following up: status checks, and what they say."""

import pytest

from bulkwire.outcomes import Accepted, Unanswered
from bulkwire.states import Category, Channel, State
from bulkwire.store.record import read_message
from bulkwire.store.sending import settle
from bulkwire.store.status_updates import (
    Check,
    Checks,
    StatusKind,
    StatusUpdate,
    claim_checks,
    write_status_updates,
)
from bulkwire.store.steering import HoldReason, redrive
from bulkwire.store.upkeep import move_due
from support.store_world import World, difference

ACCEPTED = "T queued \nT sending batch b1\nT accepted "


def due_checks(world: World, count: int) -> None:
    for n in range(count):
        world.put(f"m{n}", to=f"2782{n}")
    world.take()
    world.settle({f"m{n}": Accepted(f"api{n}") for n in range(count)})
    world.redis.zadd(world.keys.single("poll"), {f"m{n}": n + 1 for n in range(count)})


def test_a_due_check_is_handed_out_once_and_put_off(world: World) -> None:
    due_checks(world, 3)
    world.tell(StatusKind.PENDING, "m0", api_id="api0", status="QUEUED", delay_ms=-5_000)
    call = claim_checks(world.keys, most=2, hold_ms=60_000)
    before = world.dump()
    first = world.run(call)
    assert first.more
    assert [check.id for check in first.due] == ["m1", "m2"]
    assert difference(before, world.dump()).keys() == {world.keys.single("poll")}
    answer, changes = world.changes(call, answer_differs=True)
    (left,) = answer.due
    assert left == Check("m0", "api0", left.age_ms, 1, Channel.SMS, "QUEUED")
    assert changes == {}
    assert answer.next_in_ms is not None
    assert 30_000 < answer.next_in_ms <= 60_000


def test_no_check_is_due_where_nothing_was_accepted(world: World) -> None:
    checks = world.run(claim_checks(world.keys, most=100, hold_ms=1))
    assert checks == Checks((), more=False, next_in_ms=None)


def test_a_check_that_the_record_denies_is_dropped(world: World) -> None:
    world.put()
    world.redis.zadd(world.keys.single("poll"), {"m1": 1, "unknown": 1})
    assert world.run(claim_checks(world.keys, most=100, hold_ms=1)).due == ()
    assert world.value(world.keys.single("poll")) is None


@pytest.mark.parametrize(
    ("reason", "asked"),
    [(HoldReason.AUTH, 0), (HoldReason.OPERATOR, 0), (HoldReason.BALANCE, 2), (HoldReason.RATE, 2)],
)
def test_only_auth_and_operator_holds_stop_status_checks(
    world: World, reason: HoldReason, asked: int
) -> None:
    due_checks(world, 2)
    world.hold(reason)
    assert len(world.run(claim_checks(world.keys, most=10, hold_ms=1)).due) == asked


def test_still_pending_moves_the_next_check_and_keeps_the_word(world: World) -> None:
    world.bring(State.ACCEPTED)
    update = StatusUpdate("m1", "api1", StatusKind.PENDING, "SENT_TO_SUPPLIER", delay_ms=30_000)
    answer, changes = world.changes(write_status_updates(world.keys, [update]), moving={"poll"})
    assert answer == [State.ACCEPTED]
    assert changes == {"message:m1": {"status": "SENT_TO_SUPPLIER"}}
    assert world.value(world.keys.single("poll"))["m1"] > world.now() + 29_000


@pytest.mark.parametrize("kind", [StatusKind.DELIVERED, StatusKind.READ, StatusKind.EMULATED])
def test_success_ends_a_message_and_drops_its_payload(world: World, kind: StatusKind) -> None:
    world.bring(State.ACCEPTED)
    call = write_status_updates(world.keys, [StatusUpdate("m1", "api1", kind, "WORD")])
    answer, changes = world.changes(call)
    assert answer == [State(kind)]
    assert changes == {
        "message:m1": {
            "state": kind, "status": "WORD", "payload": None, "history": f"{ACCEPTED}\nT {kind} ",
        },
        "poll": None,
        "counts": {"accepted": "0", kind: "1"},
    }  # fmt: skip


def test_failure_makes_a_dead_letter_and_may_suppress_the_number(world: World) -> None:
    world.bring(State.ACCEPTED)
    update = StatusUpdate(
        "m1", "api1", StatusKind.DEAD, "STOPPED_BY_USER", "STOPPED_BY_USER", Category.RECIPIENT,
        suppress=True,
    )  # fmt: skip
    answer, changes = world.changes(write_status_updates(world.keys, [update]))
    assert answer == [State.DEAD]
    assert changes == {
        "message:m1": {
            "state": "dead", "status": "STOPPED_BY_USER", "reason": "STOPPED_BY_USER",
            "category": "recipient", "history": f"{ACCEPTED}\nT dead STOPPED_BY_USER",
        },
        "poll": None,
        "dead": {"m1": "T"},
        "suppressed": {"sms:27820000001"},
        "counts": {"accepted": "0", "dead": "1"},
    }  # fmt: skip


def test_a_rate_limit_sends_again_later(world: World) -> None:
    world.begin_a_second()
    world.bring(State.ACCEPTED)
    update = StatusUpdate("m1", "api1", StatusKind.RESEND, "LIMIT", "LIMIT", delay_ms=60_000)
    answer, changes = world.changes(write_status_updates(world.keys, [update]))
    assert answer == [State.SCHEDULED]
    assert changes == {
        "message:m1": {
            "state": "scheduled", "status": "LIMIT", "reason": "LIMIT", "due_at": "T",
            "history": f"{ACCEPTED}\nT scheduled LIMIT",
        },
        "poll": None,
        "due:normal": {"m1": "T"},
        "counts": {"accepted": "0", "scheduled": "1"},
        "rate:sms": {
            "tokens": "0", "at": "T", "rate": "900", "refused_at": "T", "start": "900", "age": "0",
            "refused": "1",
        },
    }  # fmt: skip


def test_no_final_word_within_the_window_is_unconfirmed(world: World) -> None:
    world.bring(State.ACCEPTED)
    call = write_status_updates(
        world.keys, [StatusUpdate("m1", "api1", StatusKind.UNCONFIRMED, "")]
    )
    answer, changes = world.changes(call)
    assert answer == [State.UNCONFIRMED]
    assert changes["poll"] is None
    assert changes["counts"] == {"accepted": "0", "unconfirmed": "1"}


def test_a_callback_settles_a_message_in_doubt(world: World) -> None:
    world.bring(State.IN_DOUBT)
    update = StatusUpdate("m1", "api7", StatusKind.ACCEPTED, "QUEUED", delay_ms=1_000)
    answer, changes = world.changes(write_status_updates(world.keys, [update]))
    assert answer == [State.ACCEPTED]
    assert changes["message:m1"]["api_id"] == "api7"
    assert (changes["poll"], changes["in_doubt"]) == ({"m1": "T"}, None)


def second_attempt(world: World) -> None:
    """`api1` failed, and the message is leased in `b2`."""
    world.bring(State.ACCEPTED)
    world.tell(StatusKind.RESEND)
    world.make_due("m1")
    world.run(move_due(world.keys))
    world.forget_rate()
    world.take("b2")
    world.depart("b2")


def test_failure_of_an_earlier_attempt_does_not_end_the_newer_one(world: World) -> None:
    second_attempt(world)
    world.settle({"m1": Accepted("api2")}, "b2")
    assert world.tell(StatusKind.DEAD, api_id="api1") == State.ACCEPTED
    assert world.tell(StatusKind.RESEND, api_id="api1") == State.ACCEPTED
    assert world.tell(StatusKind.UNCONFIRMED, api_id="api1") == State.ACCEPTED
    assert "late_status" in world.record()["history"]


def test_failure_of_an_earlier_attempt_does_not_end_the_one_in_doubt(world: World) -> None:
    second_attempt(world)
    world.settle({"m1": Unanswered("timeout")}, "b2")
    assert world.tell(StatusKind.DEAD, api_id="api1") == State.IN_DOUBT
    assert world.tell(StatusKind.ACCEPTED, api_id="api1") == State.IN_DOUBT
    assert world.tell(StatusKind.DEAD, api_id="api2") == State.DEAD


@pytest.mark.parametrize("waits_in", [State.SCHEDULED, State.QUEUED, State.SENDING])
def test_success_for_an_earlier_attempt_ends_a_message_that_still_waits(
    world: World, waits_in: State
) -> None:
    world.bring(State.ACCEPTED)
    world.tell(StatusKind.RESEND)
    if waits_in != State.SCHEDULED:
        world.make_due("m1")
        world.run(move_due(world.keys))
    if waits_in == State.SENDING:
        world.forget_rate()
        world.take("b2")
    assert world.state() == waits_in
    assert world.tell(StatusKind.DELIVERED) == State.DELIVERED
    assert world.ask("b3").again_in_ms in {0, None}
    assert world.ask("b3").again_in_ms is None


def test_a_callback_that_overtakes_the_answer_is_not_lost(world: World) -> None:
    world.bring(State.SENDING)
    world.depart()
    assert world.tell(StatusKind.DELIVERED) == State.DELIVERED
    assert world.settle({"m1": Unanswered("timeout")}) == {"m1": State.DELIVERED}
    assert world.value(world.keys.single("leases")) is None


def test_a_redriven_message_is_not_killed_by_the_old_failure_told_again(world: World) -> None:
    world.bring(State.DEAD)
    world.run(redrive(world.keys, [("m1", 1)]))
    before = world.dump()
    assert world.tell(StatusKind.DEAD) == State.QUEUED
    assert world.dump() == before


def test_news_about_many_messages_are_judged_one_by_one(world: World) -> None:
    due_checks(world, 2)
    updates = [
        StatusUpdate("m0", "api0", StatusKind.DELIVERED, "DEVICE_ACK"),
        StatusUpdate("unknown", "api9", StatusKind.DELIVERED, "DEVICE_ACK"),
        StatusUpdate("m1", "api1", StatusKind.DELIVERED, "DEVICE_ACK"),
        StatusUpdate("m1", "api1", StatusKind.READ, "READ"),
    ]
    assert world.run(write_status_updates(world.keys, updates)) == [
        State.DELIVERED, None, State.DELIVERED, State.READ,
    ]  # fmt: skip


def test_a_strange_word_of_a_callback_leaves_the_message_readable(world: World) -> None:
    world.bring(State.DELIVERED)
    world.tell(StatusKind.DEAD, status="A\nB\r\x00 " + "é" * 5000)
    message = world.run(read_message(world.keys, "m1"))
    assert message is not None
    assert len(message.history) == 5
    assert len(world.record()["history"]) < 1_000


def test_the_age_of_what_the_provider_holds_counts_from_when_it_lets_it_go(world: World) -> None:
    world.put("m1", deliver_at_ms=world.now() + 100 * 3_600_000)
    world.take()
    world.depart()
    world.run(settle(world.keys, "b1", 1, {"m1": Accepted("api1")}, first_check_ms=0))
    (check,) = world.run(claim_checks(world.keys, most=10, hold_ms=1_000)).due
    assert -100 * 3_600_000 <= check.age_ms < -99 * 3_600_000
