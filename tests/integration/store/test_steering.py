"""What people do: cancel, redrive, decide what is in doubt."""

from typing import Any

import pytest

from bulkwire.outcomes import Rejected, Unanswered
from bulkwire.states import Category, State
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.steering import Standing, discard, redrive, resolve
from support.store_world import World


def dead_letter(world: World, message_id: str = "m1", *, category: Category, **more: Any) -> None:
    world.put(message_id, **more)
    world.take(f"b-{message_id}")
    outcome = Rejected("refused", category, code=23)
    world.settle({message_id: outcome}, f"b-{message_id}")


def test_a_waiting_message_is_cancelled(world: World) -> None:
    world.put(campaign="spring")
    answer, changes = world.changes(world.cancelling())
    assert answer == Standing(State.CANCELLED, 1)
    assert changes == {
        "message:m1": {
            "state": "cancelled", "reason": "cancelled",
            "history": "T queued \nT cancelled cancelled",
        },
        "counts": {"queued": "0", "cancelled": "1"},
        "campaign:spring": {"count:queued": "0", "count:cancelled": "1"},
    }  # fmt: skip
    assert world.ask().again_in_ms == 0
    assert world.ask().again_in_ms is None


def test_a_scheduled_message_is_cancelled_and_never_due(world: World) -> None:
    world.bring(State.SCHEDULED)
    _, changes = world.changes(world.cancelling())
    assert changes["due:normal"] is None


@pytest.mark.parametrize("state", [State.SENDING, State.ACCEPTED, State.IN_DOUBT, State.DEAD])
def test_what_a_worker_took_cannot_be_cancelled(world: World, state: State) -> None:
    world.bring(state)
    answer, changes = world.changes(world.cancelling())
    assert (answer, changes) == (Standing(state, 1), {})


def test_cancelling_an_unknown_id_says_so(world: World) -> None:
    assert world.changes(world.cancelling("never")) == (None, {})


def test_a_dead_letter_is_redriven_with_its_attempts_reset(world: World) -> None:
    dead_letter(world, category=Category.CONTENT)
    answer, changes = world.changes(redrive(world.keys, [("m1", 1)]))
    assert answer == {"m1": "queued"}
    assert changes == {
        "message:m1": {
            "state": "queued", "turn": "2", "reason": "redriven", "category": None, "code": None,
            "attempts": "0", "refusals": "0", "lapses": "0", "alone": "0",
            "history": "T queued \nT sending batch b-m1\nT dead refused\nT queued redriven",
        },
        "dead": None,
        "ready:normal:sms:": ["m1"],
        "turns:normal": {"sms:": 0.0},
        "counts": {"dead": "0", "queued": "1"},
    }  # fmt: skip


def test_only_a_dead_letter_that_may_go_again_is_redriven(world: World) -> None:
    dead_letter(world, "number", category=Category.RECIPIENT)
    dead_letter(world, "stopped", category=Category.CONTENT, to="2799")
    world.redis.sadd(world.keys.single("suppressed"), "sms:2799")
    dead_letter(world, "late", category=Category.CONTENT, validity_ms=60_000)
    world.redis.hset(world.keys.message("late"), "expires_at", 1)
    world.put("waiting")
    letters = [(name, 1) for name in ("number", "stopped", "late", "waiting", "never")]
    answer, changes = world.changes(redrive(world.keys, letters))
    assert changes == {}
    assert answer == {
        "number": "recipient",
        "stopped": "opted_out",
        "late": "expired",
        "waiting": "not_dead",
        "never": "unknown",
    }
    assert world.run(redrive(world.keys, [("number", 1)], force=True)) == {"number": "queued"}


def test_a_message_named_twice_is_redriven_once(world: World) -> None:
    dead_letter(world, category=Category.CONTENT)
    letters = [("m1", 1), ("m1", 1)]
    assert world.run(redrive(world.keys, letters)) == {"m1": "queued"}
    assert world.ready() == ["m1"]
    assert world.counts() == {"queued": 1, "total": 1}


def test_a_redrive_of_an_earlier_death_does_nothing(world: World) -> None:
    dead_letter(world, category=Category.CONTENT)
    old = redrive(world.keys, [("m1", 1)])
    world.run(old)
    world.take("b2")
    world.settle({"m1": Rejected("refused", Category.CONTENT)}, "b2")
    answer, changes = world.changes(old)
    assert (answer, changes) == ({"m1": "not_dead"}, {})


def test_a_message_in_doubt_is_sent_again_when_an_operator_says_so(world: World) -> None:
    world.bring(State.IN_DOUBT)
    answer, changes = world.changes(resolve(world.keys, [("m1", "b1")], resend=True))
    assert answer == {"m1": State.QUEUED}
    assert changes["message:m1"] == {
        "state": "queued", "turn": "2", "resent": "1", "reason": "resent by an operator",
        "history": "T queued \nT sending batch b1\nT in_doubt timeout\n"
        "T queued resent by an operator",
    }  # fmt: skip
    assert changes["in_doubt"] is None
    assert changes["counts"] == {"in_doubt": "0", "queued": "1"}


def test_a_discarded_message_is_dead_but_not_listed_nor_redriven(world: World) -> None:
    world.bring(State.IN_DOUBT)
    answer, changes = world.changes(resolve(world.keys, [("m1", "b1")], resend=False))
    assert answer == {"m1": State.DEAD}
    assert changes["message:m1"] == {
        "state": "dead", "reason": "discarded_in_doubt", "category": "undelivered",
        "discarded": "1",
        "history": "T queued \nT sending batch b1\nT in_doubt timeout\nT dead discarded_in_doubt",
    }  # fmt: skip
    assert changes["in_doubt"] is None
    assert "dead" not in changes
    assert world.run(redrive(world.keys, [("m1", 1)], force=True)) == {"m1": "discarded"}


def test_a_decision_names_the_batch_it_is_about(world: World) -> None:
    world.bring(State.IN_DOUBT)
    old = resolve(world.keys, [("m1", "b1"), ("m1", "b1"), ("never", "b1")], resend=True)
    assert world.run(old) == {"m1": State.QUEUED, "never": None}
    assert world.counts() == {"queued": 1, "total": 1}
    world.take("b2")
    world.settle({"m1": Unanswered("timeout")}, "b2")
    answer, changes = world.changes(old)
    assert (answer["m1"], changes) == (State.IN_DOUBT, {})


def test_a_discarded_letter_stays_dead_with_its_reason_and_leaves_the_listing(
    world: World,
) -> None:
    dead_letter(world, category=Category.CONTENT)
    answer, changes = world.changes(discard(world.keys, [("m1", 1), ("m1", 1)]))
    assert answer == {"m1": "discarded"}
    assert changes == {
        "message:m1": {
            "discarded": "1",
            "history": "T queued \nT sending batch b-m1\nT dead refused\n"
            "T discarded given up by an operator",
        },
        "dead": None,
    }
    assert world.record()["reason"] == "refused"
    assert world.counts() == {"dead": 1, "total": 1}
    assert world.run(redrive(world.keys, [("m1", 1)], force=True)) == {"m1": "discarded"}


def test_only_the_death_that_was_seen_is_discarded(world: World) -> None:
    dead_letter(world, category=Category.CONTENT)
    world.put("waiting", to="2799")
    old = discard(world.keys, [("m1", 1), ("waiting", 1), ("never", 0)])
    world.run(redrive(world.keys, [("m1", 1)]))
    world.take("b2")
    world.settle({"m1": Rejected("refused", Category.CONTENT)}, "b2")
    answer, changes = world.changes(old)
    assert (answer, changes) == (
        {"m1": "not_dead", "waiting": "not_dead", "never": "unknown"},
        {},
    )
    assert world.run(discard(world.keys, [("m1", 2)])) == {"m1": "discarded"}


def test_a_discarded_letter_that_was_delivered_after_all_is_delivered(world: World) -> None:
    world.bring(State.DEAD)
    world.run(discard(world.keys, [("m1", 1)]))
    assert world.tell(StatusKind.DELIVERED) == State.DELIVERED
    assert world.run(discard(world.keys, [("m1", 1)])) == {"m1": "not_dead"}
