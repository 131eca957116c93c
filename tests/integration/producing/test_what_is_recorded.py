"""What of a message, or of the settings, ends up in its record."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis

from bulkwire import Bulkwire, Message, State

NUMBER = "+27 82 123 4567"


@pytest.fixture
def queue(redis_url: str) -> Iterator[Bulkwire]:
    with Bulkwire(redis_url=redis_url) as queue:
        yield queue


def test_a_message_object_that_names_no_account_goes_to_the_settings_one(redis_url: str) -> None:
    with Bulkwire(redis_url=redis_url, account="shop") as queue:
        ours = queue.enqueue_message(Message(to=NUMBER, content="Hello"))
        other = queue.enqueue_message(Message(to=NUMBER, content="Hello", account="default"))
        assert queue.get_message(ours.id).state is State.QUEUED
        assert queue.get_message(other.id, account="default").state is State.QUEUED


def test_when_the_provider_is_to_send_stands_in_the_record(queue: Bulkwire) -> None:
    at = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    made = queue.enqueue_message(to=NUMBER, content="Hello", scheduled_delivery_time=at)
    with redis.Redis.from_url(queue.settings.redis_url) as client:
        (key,) = client.keys(f"*message:{made.id}")
        assert client.hget(key, "deliver_at") == str(round(at.timestamp() * 1000)).encode()
