"""Applications can test what they enqueue without a Redis."""

from datetime import datetime, timedelta, timezone
from typing import Any

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


@pytest.mark.parametrize(
    "wrong",
    [
        {1: 2},
        {"send_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(seconds=30)))},
        {"scheduled_delivery_time": datetime(1, 1, 1, tzinfo=timezone(timedelta(seconds=30)))},
    ],
    ids=["name", "send_at", "scheduled_delivery_time"],
)
def test_what_stands_before_an_invalid_message_is_taken_in(wrong: dict[Any, Any]) -> None:
    good = {"to": "+27821234567", "content": "a"}
    with captured() as outbox, pytest.raises(InvalidMessage) as caught:
        list(enqueue_messages([good, good, {**good, **wrong}, good]))
    assert len(outbox.messages) == 2
    (fault,) = caught.value.faults
    assert fault.path.startswith("[2]")
    assert not fault.path.endswith(".")


async def test_the_async_twins_are_captured_too(bulkwire_outbox: Outbox) -> None:
    await bulkwire.aenqueue_message(to="+27821234567", content="a")
    results = [
        one async for one in bulkwire.aenqueue_messages([{"to": "+27821234567", "content": "b"}])
    ]
    assert len(results) == 1
    assert [one.content for one in bulkwire_outbox.messages] == ["a", "b"]
