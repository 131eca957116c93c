"""Settling: what each outcome writes, and who may still testify."""

from typing import Any

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category, OnDoubt, Priority, State
from bulkwire.store.record import read_message
from bulkwire.store.sending import settle
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.steering import HoldReason, resolve
from bulkwire.store.upkeep import move_due, reap
from support.store_world import World

CLOSED = {"batch:b1": None, "leases": None}
SENT = "T queued \nT sending batch b1\n"


def sending(world: World, **more: Any) -> None:
    world.put(**more)
    world.take()
    world.depart()


def test_an_accepted_message_waits_for_its_first_status_check(world: World) -> None:
    sending(world, campaign="spring")
    call = settle(world.keys, "b1", 1, {"m1": Accepted("api1")}, first_check_ms=5_000)
    now = world.now()
    answer, changes = world.changes(call)
    assert answer == {"m1": State.ACCEPTED}
    assert changes == {
        "message:m1": {
            "state": "accepted", "api_id": "api1", "accepted_at": "T", "attempts": "1",
            "history": SENT + "T accepted ",
        },
        "poll": {"m1": "T"},
        "rate:sms": {
            "second": "T", "taken": "1", "taken_before": "0", "refused": "0", "refused_before": "0",
        },
        "counts": {"sending": "0", "accepted": "1"},
        "campaign:spring": {"count:sending": "0", "count:accepted": "1"},
        **CLOSED,
    }  # fmt: skip
    assert now + 5_000 <= world.value(world.keys.single("poll"))["m1"] <= world.now() + 5_000


def test_a_rejected_message_is_a_dead_letter_with_its_reason(world: World) -> None:
    sending(world)
    outcome = Rejected("recipient_opted_out", Category.RECIPIENT, suppress=True, code=26)
    answer, changes = world.changes(settle(world.keys, "b1", 1, {"m1": outcome}, first_check_ms=1))
    assert answer == {"m1": State.DEAD}
    assert changes == {
        "message:m1": {
            "state": "dead", "reason": "recipient_opted_out", "category": "recipient",
            "code": "26", "attempts": "1", "history": SENT + "T dead recipient_opted_out",
        },
        "dead": {"m1": "T"},
        "suppressed": {"sms:27820000001"},
        "counts": {"sending": "0", "dead": "1"},
        **CLOSED,
    }  # fmt: skip


def test_an_unsent_message_goes_back_to_the_front_at_once(world: World) -> None:
    sending(world)
    world.put("m2")
    outcome = Unsent("connect_failed", counts_attempt=False, alone=True)
    answer, changes = world.changes(settle(world.keys, "b1", 1, {"m1": outcome}, first_check_ms=1))
    assert answer == {"m1": State.QUEUED}
    assert changes == {
        "message:m1": {
            "state": "queued", "turn": "2", "reason": "connect_failed", "alone": "1",
            "history": SENT + "T queued connect_failed",
        },
        "ready:normal:sms:": ["m1", "m2"],
        "counts": {"sending": "0", "queued": "2"},
        **CLOSED,
    }  # fmt: skip


def test_an_unsent_message_waits_where_it_was_told_to(world: World) -> None:
    sending(world)
    call = settle(world.keys, "b1", 1, {"m1": Unsent("limit", 9_000, code=43)}, first_check_ms=1)
    now = world.now()
    answer, changes = world.changes(call)
    assert answer == {"m1": State.SCHEDULED}
    assert changes == {
        "message:m1": {
            "state": "scheduled", "due_at": "T", "reason": "limit", "code": "43",
            "attempts": "1", "history": SENT + "T scheduled limit",
        },
        "due:normal": {"m1": "T"},
        "counts": {"sending": "0", "scheduled": "1"},
        **CLOSED,
    }  # fmt: skip
    due_at = world.value(world.keys.family("due", "normal"))["m1"]
    assert now + 9_000 <= due_at <= world.now() + 9_000
    assert int(world.record()["due_at"]) == due_at


def test_a_message_without_an_answer_is_in_doubt(world: World) -> None:
    sending(world)
    call = settle(world.keys, "b1", 1, {"m1": Unanswered("timeout")}, first_check_ms=1)
    answer, changes = world.changes(call)
    assert answer == {"m1": State.IN_DOUBT}
    assert changes == {
        "message:m1": {
            "state": "in_doubt", "reason": "timeout", "request": "1",
            "history": SENT + "T in_doubt timeout",
        },
        "in_doubt": {"m1": "T"},
        "counts": {"sending": "0", "in_doubt": "1"},
        **CLOSED,
    }  # fmt: skip


def test_a_message_that_asked_for_it_is_queued_again_without_an_answer(world: World) -> None:
    sending(world, on_doubt=OnDoubt.RESEND)
    call = settle(world.keys, "b1", 1, {"m1": Unanswered("timeout")}, first_check_ms=1)
    answer, changes = world.changes(call)
    assert answer == {"m1": State.QUEUED}
    assert changes["message:m1"]["resent"] == "1"
    assert changes["counts"] == {"sending": "0", "queued": "1"}
    assert "in_doubt" not in changes


def test_a_batch_stays_leased_until_its_last_message_is_settled(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}")
    world.take()
    world.settle({"m0": Accepted("a0"), "unknown": Accepted("a9")})
    assert list(world.value(world.keys.single("leases"))) == ["b1"]
    answer = world.settle({"m2": Accepted("a2"), "m1": Unanswered("cut off")})
    assert list(answer.items()) == [("m2", State.ACCEPTED), ("m1", State.IN_DOUBT)]
    assert world.value(world.keys.single("leases")) is None


def test_what_returns_stands_in_its_old_order(world: World) -> None:
    for n in range(4):
        world.put(f"m{n}", to=f"2782{n}")
    world.take()
    world.settle({f"m{n}": Unsent("busy") for n in range(4)})
    assert world.ready() == ["m0", "m1", "m2", "m3"]


def test_what_is_left_of_a_batch_after_an_attempt_has_not_departed(world: World) -> None:
    for n in range(4):
        world.put(f"m{n}", to=f"2782{n}")
    world.take()
    world.depart("b1", 2)
    call = settle(world.keys, "b1", 2, {"m0": Accepted("a0")}, first_check_ms=1)
    _, changes = world.changes(call)
    assert changes["batch:b1"] == {"departed": None, "ended": "2"}
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 0
    assert world.ready() == ["m1", "m2", "m3"]


def test_a_message_in_doubt_names_the_request_that_it_left_with(world: World) -> None:
    for n in range(2):
        world.put(f"m{n}", to=f"2782{n}")
    world.take()
    for n in range(2):
        world.depart("b1", n + 2, f"m{n}")
        world.settle({f"m{n}": Unanswered("timeout")}, attempt=n + 2)
    assert [world.record(f"m{n}")["request"] for n in range(2)] == ["2", "3"]


def test_a_late_answer_ends_the_doubt(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}", priority=Priority.HIGH)
    world.take()
    world.settle({f"m{n}": Unanswered("timeout") for n in range(3)})
    outcomes: dict[str, Outcome] = {
        "m0": Accepted("a0"),
        "m1": Rejected("content", Category.CONTENT),
        "m2": Unsent("refused"),
    }
    answer, changes = world.changes(settle(world.keys, "b1", 1, outcomes, first_check_ms=1))
    assert list(answer.values()) == [State.ACCEPTED, State.DEAD, State.QUEUED]
    assert changes["in_doubt"] is None


def test_a_late_acceptance_stops_a_message_that_was_told_to_go_again(world: World) -> None:
    sending(world)
    world.settle({"m1": Unanswered("timeout")})
    world.run(resolve(world.keys, [("m1", "b1")], resend=True))
    assert world.settle({"m1": Accepted("api1")}) == {"m1": State.ACCEPTED}
    assert world.ask().again_in_ms == 0
    assert world.ask().again_in_ms is None


def test_a_late_answer_about_what_another_batch_has_goes_into_the_history(world: World) -> None:
    sending(world, on_doubt=OnDoubt.RESEND)
    world.settle({"m1": Unanswered("timeout")})
    world.take("b2")
    call = settle(world.keys, "b1", 1, {"m1": Accepted("api1")}, first_check_ms=1)
    answer, changes = world.changes(call)
    assert answer == {"m1": State.SENDING}
    assert list(changes) == ["message:m1"]
    assert list(changes["message:m1"]) == ["history"]
    assert world.record()["history"].endswith("late_answer accepted ")


def test_a_new_attempt_forgets_the_status_of_the_one_before(world: World) -> None:
    world.bring(State.ACCEPTED)
    world.tell(StatusKind.RESEND, status="WHATSAPP_SERVER_RATE_LIMIT")
    assert world.record()["status"] == "WHATSAPP_SERVER_RATE_LIMIT"
    world.make_due("m1")
    world.run(move_due(world.keys))
    world.forget_rate()
    world.take("b2")
    world.settle({"m1": Accepted("api2")}, "b2")
    message = world.run(read_message(world.keys, "m1"))
    assert message is not None
    assert (message.status, message.api_id, message.attempts) == (None, "api2", 2)


def test_waits_that_count_no_attempt_are_counted_apart(world: World) -> None:
    world.put()
    for n in range(3):
        (message,) = world.take(f"b{n}").messages
        assert (message.attempts, message.refusals) == (0, n)
        world.settle({"m1": Unsent("limit", 5_000, counts_attempt=False)}, f"b{n}")
        world.make_due("m1")
        world.run(move_due(world.keys))
    world.take("b3")
    world.settle({"m1": Unsent("internal", delay_ms=5_000, counts_attempt=True)}, "b3")
    assert (world.record()["attempts"], world.record()["refusals"]) == ("1", "3")


def test_what_failed_as_a_trial_lets_another_message_try_next(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}")
    world.hold(HoldReason.REFUSED, probe_in_ms=0)
    world.take("b1")
    world.settle({"m0": Unsent("http_413")}, "b1")
    assert world.ready() == ["m1", "m2", "m0"]
    assert world.record("m0")["alone"] == "1"
