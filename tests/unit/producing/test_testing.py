"""Applications can test what they enqueue without a Redis."""

import pytest

import bulkwire
from bulkwire import InvalidMessage, enqueue_message, enqueue_messages
from bulkwire.testing import Outbox, captured


def test_what_is_enqueued_is_kept_with_its_number_normalised() -> None:
    with captured() as outbox:
        result = enqueue_message(to="+27 82 123 4567", content="Your code is 4711", priority="high")
    assert result.created
    assert [(one.to, one.content) for one in outbox.messages] == [
        ("27821234567", "Your code is 4711")
    ]


def test_what_is_invalid_raises_as_it_would_in_production() -> None:
    with captured() as outbox, pytest.raises(InvalidMessage):
        enqueue_message(to="12", content="")
    assert outbox.messages == []


def test_an_id_is_taken_once_and_another_text_under_it_is_a_conflict() -> None:
    messages = [{"to": "+27821234567", "content": text, "id": "order-1"} for text in "aab"]
    with captured() as outbox:
        results = list(enqueue_messages(messages))
    assert [(r.created, r.conflict) for r in results] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert len(outbox.messages) == 1


async def test_the_async_twins_are_captured_too(bulkwire_outbox: Outbox) -> None:
    await bulkwire.aenqueue_message(to="+27821234567", content="a")
    results = [
        one async for one in bulkwire.aenqueue_messages([{"to": "+27821234567", "content": "b"}])
    ]
    assert len(results) == 1
    assert [one.content for one in bulkwire_outbox.messages] == ["a", "b"]
