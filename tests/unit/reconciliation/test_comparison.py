"""Our records held to the provider's ledger."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bulkwire.states import Channel, OnDoubt, Priority, State
from bulkwire.store.record import Event, StoredMessage
from bulkwire_cli.demo.evidence import throughput
from bulkwire_cli.reconciliation.comparison import compare
from bulkwire_cli.simulator.client import AcceptedMessage

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def ours(number: int, *states: State, api_id: str | None = None) -> StoredMessage:
    """A message that went through these states."""
    return StoredMessage(
        id=f"m-{number}",
        account="default",
        state=states[-1],
        recipient=f"2782{number:07d}",
        channel=Channel.SMS,
        priority=Priority.NORMAL,
        campaign="demo",
        content=None,
        attempts=1,
        api_id=api_id,
        status=None,
        code=None,
        reason=None,
        category=None,
        on_doubt=OnDoubt.HOLD,
        turn=1,
        batch=None,
        request=None,
        enqueued_at=NOW,
        changed_at=NOW,
        due_at=None,
        expires_at=None,
        history=tuple(Event(NOW, state, "") for state in states),
    )


def decided(message: StoredMessage, *, by: str) -> StoredMessage:
    """The message, with the reason for which it was queued the last time."""
    last = max(n for n, event in enumerate(message.history) if event.word == State.QUEUED)
    history = tuple(
        replace(event, reason=by) if n == last else event for n, event in enumerate(message.history)
    )
    return replace(message, history=history)


def taken(number: int, api_id: str, final: str = "DEVICE_ACK") -> AcceptedMessage:
    return AcceptedMessage(
        apiMessageId=api_id,
        clientMessageId=None,
        to=f"2782{number:07d}",
        channel="sms",
        content="Hi",
        accepted_at=0,
        answered=True,
        status=final,
        final=final,
        account="default",
    )


def test_records_that_say_what_the_provider_says_agree() -> None:
    messages = [
        ours(1, State.QUEUED, State.ACCEPTED, State.DELIVERED, api_id="a"),
        ours(2, State.QUEUED, State.ACCEPTED, State.DEAD, api_id="b"),
        ours(3, State.QUEUED, State.DEAD),
        ours(4, State.QUEUED, State.ACCEPTED, State.UNCONFIRMED, api_id="d"),
        ours(5, State.QUEUED, State.IN_DOUBT),
        ours(6, State.QUEUED, State.IN_DOUBT),
    ]
    ledger = [taken(1, "a"), taken(2, "b", "EXPIRED"), taken(4, "d"), taken(5, "e")]
    found = compare(messages, ledger, expected=6)
    assert found.ok
    assert (found.recipients, found.reached) == (6, 3)
    assert (found.in_doubt, found.in_doubt_taken) == (2, 1)


@pytest.mark.parametrize(
    "state", [State.ACCEPTED, State.DELIVERED, State.READ, State.EMULATED, State.UNCONFIRMED]
)
def test_who_is_called_accepted_or_better_must_be_in_the_ledger(state: State) -> None:
    found = compare([ours(1, State.QUEUED, state, api_id="a")], [], expected=1)
    assert f"m-1: called {state}, and the provider never took it" in found.disagreements


def test_an_id_the_provider_never_gave_disagrees() -> None:
    message = ours(1, State.QUEUED, State.ACCEPTED, api_id="a")
    assert not compare([message], [taken(1, "b")], expected=1).ok


def test_a_delivery_that_failed_disagrees() -> None:
    message = ours(1, State.QUEUED, State.ACCEPTED, State.DELIVERED, api_id="a")
    found = compare([message], [taken(1, "a", "DELIVERY_FAILURE")], expected=1)
    assert found.disagreements == ("m-1: called delivered, and nobody received it",)


def test_who_is_called_dead_must_not_have_received_that_very_message() -> None:
    found = compare([ours(1, State.DEAD, api_id="a")], [taken(1, "a")], expected=1)
    assert found.lost == ("m-1: called dead, and somebody received it",)
    failed = compare([ours(1, State.DEAD, api_id="a")], [taken(1, "a", "EXPIRED")], expected=1)
    assert failed.ok


def test_a_recipient_of_two_disagrees() -> None:
    message = ours(1, State.QUEUED, State.ACCEPTED, State.DELIVERED, api_id="b")
    found = compare([message], [taken(1, "a"), taken(1, "b")], expected=1)
    assert found.doubled == ("m-1: received 2 times",)
    assert found.lost == ()


def test_a_recipient_of_two_agrees_where_a_doubt_was_decided_by_sending_again() -> None:
    steps = (State.QUEUED, State.IN_DOUBT, State.QUEUED, State.ACCEPTED, State.DELIVERED)
    message = decided(ours(1, *steps, api_id="b"), by="resent once as its sender asked")
    found = compare([message], [taken(1, "a"), taken(1, "b")], expected=1)
    assert found.ok
    assert found.resent_ids == {"m-1"}
    assert found.resent_twice == 1


def test_a_second_attempt_after_a_failure_is_no_double() -> None:
    message = ours(1, State.QUEUED, State.ACCEPTED, State.DELIVERED, api_id="b")
    ledger = [taken(1, "a", "WHATSAPP_SERVER_RATE_LIMIT"), taken(1, "b")]
    assert compare([message], ledger, expected=1).ok


def test_a_message_sent_behind_our_back_disagrees() -> None:
    found = compare([ours(1, State.QUEUED, State.DEAD)], [taken(1, "a")], expected=1)
    assert found.disagreements == ("m-1: the provider took it, and we know nothing of that (dead)",)


def test_who_was_not_sent_to_after_all_and_gets_two_disagrees() -> None:
    steps = (State.QUEUED, State.IN_DOUBT, State.QUEUED, State.ACCEPTED, State.DELIVERED)
    message = decided(ours(1, *steps, api_id="b"), by="store_unavailable")
    assert compare([message], [taken(1, "a"), taken(1, "b")], expected=1).doubled


@pytest.mark.parametrize("state", [State.SCHEDULED, State.QUEUED, State.SENDING])
def test_a_message_without_an_end_disagrees(state: State) -> None:
    found = compare([ours(1, State.QUEUED, state)], [], expected=1)
    assert found.lost == (f"m-1: still {state}",)


def test_missing_records_and_strange_recipients_disagree() -> None:
    found = compare([], [taken(9, "a")], expected=1)
    assert found.disagreements == (
        "1 recipients in the ledger are none of ours",
        "1 messages were imported, 0 have a record",
    )


def test_throughput_leaves_the_last_hundredth_out() -> None:
    steady = [n * 10 for n in range(1_000)]
    assert throughput(steady) == pytest.approx(100, rel=0.01)
    assert throughput([*steady[:-1], 10**9]) == pytest.approx(100, rel=0.01)
    assert throughput([5, 6]) is None
