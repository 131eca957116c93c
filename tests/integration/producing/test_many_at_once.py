"""More calls at a time than there are connections: each waits for its turn."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bulkwire import Bulkwire
from bulkwire.store import runner
from bulkwire.store.runner import CONNECTIONS
from support.patience import patient_stores

NUMBER = "+27 82 123 4567"
MORE_THAN_CONNECTIONS = CONNECTIONS + 10


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with other work may need longer for them than an application waits for its turn."""
    monkeypatch.setattr(runner, "TURN_TIMEOUT_S", 60.0)
    with patient_stores():
        yield


@pytest.fixture
def queue(redis_url: str) -> Iterator[Bulkwire]:
    with Bulkwire(redis_url=redis_url) as queue:
        yield queue


async def test_more_calls_at_once_than_connections_wait_for_their_turn(redis_url: str) -> None:
    async with Bulkwire(redis_url=redis_url) as queue:
        calls = [
            queue.aenqueue_message(to=NUMBER, content="Hello") for _ in range(MORE_THAN_CONNECTIONS)
        ]
        results = await asyncio.gather(*calls)
    assert all(result.created for result in results)


def test_more_threads_at_once_than_connections_wait_for_their_turn(queue: Bulkwire) -> None:
    with ThreadPoolExecutor(MORE_THAN_CONNECTIONS) as threads:
        calls = [
            threads.submit(queue.enqueue_message, to=NUMBER, content="Hello")
            for _ in range(MORE_THAN_CONNECTIONS)
        ]
    assert all(call.result().created for call in calls)
