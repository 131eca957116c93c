"""Enqueueing against a real server: what it answers, and what it does when that is away."""

import asyncio
import itertools
import socket
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from bulkwire import Bulkwire, InvalidMessage, QueueFull, QueueUnavailable, State, UnknownMessage
from bulkwire.client import CHUNK, MessageLike
from bulkwire.settings import default_broker_url
from bulkwire.store.runner import CONNECTIONS
from bulkwire_cli.private_server import start_private_server

NUMBER = "+27 82 123 4567"
NOBODY = "redis://127.0.0.1:1/0"
SOON_S = 15.0  # three are promised, and a busy machine may add to them


@pytest.fixture
def queue(redis_url: str) -> Iterator[Bulkwire]:
    with Bulkwire(redis_url=redis_url) as queue:
        yield queue


@pytest.fixture
def silent_address() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


class WebServer(socketserver.BaseRequestHandler):
    """What a web server says to somebody who speaks Redis."""

    def handle(self) -> None:
        self.request.recv(1024)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.fixture
def web_address() -> Iterator[str]:
    """A web server where Redis was expected."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), WebServer) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        server.shutdown()
        serving.join()


def test_a_new_message_is_queued_under_its_own_id(queue: Bulkwire) -> None:
    result = queue.enqueue_message(to=NUMBER, content="Hello")
    assert (result.created, result.state, result.conflict) == (True, State.QUEUED, False)
    kept = queue.get_message(result.id)
    assert (kept.state, kept.recipient, kept.content) == (State.QUEUED, "27821234567", "Hello")


def test_the_same_id_again_adds_nothing(queue: Bulkwire) -> None:
    first = queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
    again = queue.enqueue_message(to=NUMBER, content="Hello", client_message_id="order-1")
    assert (first.created, again.created, again.conflict) == (True, False, False)


def test_the_same_id_with_another_text_is_a_conflict_and_changes_nothing(queue: Bulkwire) -> None:
    queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
    other = queue.enqueue_message(to=NUMBER, content="Goodbye", id="order-1")
    assert (other.created, other.conflict) == (False, True)
    assert queue.get_message("order-1").content == "Hello"


def test_a_message_for_later_is_scheduled_and_can_be_cancelled(queue: Bulkwire) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    result = queue.enqueue_message(to=NUMBER, content="Hello", send_at=later)
    assert result.state is State.SCHEDULED
    assert queue.cancel_message(result.id) is State.CANCELLED
    assert queue.cancel_message(result.id) is State.CANCELLED


def test_an_unknown_id_is_named_with_its_account(queue: Bulkwire) -> None:
    with pytest.raises(UnknownMessage, match="account default has no message nobody"):
        queue.get_message("nobody")
    with pytest.raises(UnknownMessage):
        queue.cancel_message("nobody", account="other")


@pytest.mark.parametrize("message_id", ["", "a b", "ümlaut", "x" * 65, None, 5])
def test_an_id_that_nothing_can_have_is_told(queue: Bulkwire, message_id: str) -> None:
    for ask in (queue.get_message, queue.cancel_message):
        with pytest.raises(InvalidMessage, match="id is not a name"):
            ask(message_id)


def test_something_that_is_no_message_names_its_place(queue: Bulkwire) -> None:
    junk: Any = [{"to": NUMBER, "content": "Hello"}, 5]
    with pytest.raises(InvalidMessage, match=r"^\[1\]\.message is neither"):
        list(queue.enqueue_messages(junk))


def test_results_come_in_order_and_the_iterable_is_read_a_chunk_at_a_time(queue: Bulkwire) -> None:
    taken = itertools.count()
    messages = (
        {"to": NUMBER, "content": "Hello", "id": f"m{next(taken)}"} for _ in range(CHUNK * 3)
    )
    results = queue.enqueue_messages(messages)
    first = next(results)
    assert next(taken) == CHUNK
    assert [first.id, *(one.id for one in results)][:3] == ["m0", "m1", "m2"]


def test_an_invalid_message_names_its_place_and_those_before_it_are_in(queue: Bulkwire) -> None:
    good = [{"to": NUMBER, "content": "Hello", "id": f"m{n}"} for n in range(3)]
    results = queue.enqueue_messages([*good, {"to": NUMBER, "content": ""}, *good])
    assert [next(results).id for _ in range(3)] == ["m0", "m1", "m2"]
    with pytest.raises(InvalidMessage, match=r"^\[3\]\.content"):
        next(results)
    assert queue.get_message("m2").state is State.QUEUED


def test_the_quota_refuses_low_first_and_high_last(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_QUEUE_LIMIT", "10")
    with Bulkwire(redis_url=redis_url) as queue:
        taken = {}
        for priority in ("low", "normal", "high"):
            messages = [{"to": NUMBER, "content": "Hello", "priority": priority}] * 20
            with pytest.raises(QueueFull) as refusal:
                list(queue.enqueue_messages(messages))
            assert refusal.value.ids
            with redis.Redis.from_url(redis_url) as store:
                taken[priority] = int(store.hget("bulkwire:{default}:counts", "total") or 0)
    assert taken == {"low": 8, "normal": 9, "high": 10}


def test_a_server_that_is_nearly_full_takes_login_codes_only() -> None:
    with (
        start_private_server() as server,
        redis.Redis.from_url(server.url) as store,
        Bulkwire(redis_url=server.url) as queue,
    ):
        store.set("ballast", b"x" * 20_000_000)
        store.config_set("maxmemory", int(int(store.info("memory")["used_memory"]) / 0.93))
        with pytest.raises(QueueFull, match="of its memory"):
            queue.enqueue_message(to=NUMBER, content="Hello", priority="normal")
        assert queue.enqueue_message(to=NUMBER, content="Hello", priority="high").created


def test_nobody_listening_is_told_at_once_and_surely_enqueued_nothing() -> None:
    with Bulkwire(redis_url=NOBODY) as queue, pytest.raises(QueueUnavailable) as trouble:
        queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
    assert (trouble.value.ids, trouble.value.maybe_enqueued) == (("order-1",), False)


def test_a_wrong_password_is_told_as_one_and_not_quoted() -> None:
    with start_private_server() as server, redis.Redis.from_url(server.url) as store:
        store.config_set("requirepass", "right")
        address = server.url.replace("redis://", "redis://:wrong@")
        with Bulkwire(redis_url=address) as queue, pytest.raises(QueueUnavailable) as trouble:
            queue.enqueue_message(to=NUMBER, content="Hello")
        assert "the password of BULKWIRE_REDIS_URL" in str(trouble.value)
        assert "wrong" not in str(trouble.value)
        assert not trouble.value.maybe_enqueued
        store.config_set("requirepass", "")


def test_a_silent_server_is_given_up_in_time_and_may_have_enqueued(silent_address: str) -> None:
    started = time.monotonic()
    with Bulkwire(redis_url=silent_address) as queue, pytest.raises(QueueUnavailable) as trouble:
        queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
    assert time.monotonic() - started < SOON_S
    assert trouble.value.ids == ("order-1",)
    assert trouble.value.maybe_enqueued


async def test_the_async_twin_gives_a_silent_server_up_in_time_too(silent_address: str) -> None:
    async with Bulkwire(redis_url=silent_address) as queue:
        async with asyncio.timeout(SOON_S):
            with pytest.raises(QueueUnavailable) as trouble:
                await queue.aenqueue_message(to=NUMBER, content="Hello", id="order-1")
    assert trouble.value.maybe_enqueued


async def test_a_hung_server_is_given_up_in_time_by_every_call_of_many(silent_address: str) -> None:
    async with Bulkwire(redis_url=silent_address) as queue:
        calls = (queue.aenqueue_message(to=NUMBER, content="Hello") for _ in range(2 * CONNECTIONS))
        async with asyncio.timeout(SOON_S):
            answers = await asyncio.gather(*calls, return_exceptions=True)
    told = [one.maybe_enqueued for one in answers if isinstance(one, QueueUnavailable)]
    assert (len(told), set(told)) == (len(answers), {True, False})


def test_what_answers_but_is_no_redis_is_unavailable(web_address: str) -> None:
    with Bulkwire(redis_url=web_address) as queue, pytest.raises(QueueUnavailable) as trouble:
        queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
    assert str(trouble.value) == "what answers there is not Redis"
    assert trouble.value.ids == ("order-1",)


def test_enqueueing_again_under_the_same_id_after_a_hang_adds_nothing_twice() -> None:
    with start_private_server() as server, Bulkwire(redis_url=server.url) as queue:
        queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
        server.pause()
        with pytest.raises(QueueUnavailable):
            queue.enqueue_message(to=NUMBER, content="Hello", id="order-2")
        server.resume()
        again = queue.enqueue_message(to=NUMBER, content="Hello", id="order-2")
        with redis.Redis.from_url(server.url) as store:
            assert store.hget("bulkwire:{default}:counts", "total") == b"2"
        assert not again.conflict


def test_a_server_that_was_restarted_is_found_again() -> None:
    with start_private_server(appendonly=True) as server, Bulkwire(redis_url=server.url) as queue:
        queue.enqueue_message(to=NUMBER, content="Hello", id="order-1")
        server.kill()
        server.restart()
        assert not queue.enqueue_message(to=NUMBER, content="Hello", id="order-1").created


@pytest.mark.parametrize("broker", ["nobody", "silent"])
def test_a_broker_that_is_away_is_no_error_but_counted(
    redis_url: str, silent_address: str, broker: str
) -> None:
    address = NOBODY if broker == "nobody" else silent_address
    with Bulkwire(redis_url=redis_url, broker_url=address) as queue:
        started = time.monotonic()
        assert queue.enqueue_message(to=NUMBER, content="Hello").created
        assert time.monotonic() - started < SOON_S
    with redis.Redis.from_url(redis_url) as store:
        assert store.get("bulkwire:wake_failures") == b"1"


def test_a_broker_that_refuses_wake_ups_is_no_error_but_counted(redis_url: str) -> None:
    broker = default_broker_url(redis_url)
    with redis.Redis.from_url(broker) as wake_ups, redis.Redis.from_url(redis_url) as store:
        wake_ups.set("bulkwire.dispatch", "not a queue")
        with Bulkwire(redis_url=redis_url) as queue:
            assert queue.enqueue_message(to=NUMBER, content="Hello").created
        assert store.get("bulkwire:wake_failures") == b"1"


def test_one_event_loop_after_another_may_use_one_client(redis_url: str) -> None:
    queue = Bulkwire(redis_url=redis_url)

    async def enqueue_and_look() -> State:
        result = await queue.aenqueue_message(to=NUMBER, content="Hello")
        state = (await queue.aget_message(result.id)).state
        await queue.aclose()
        return state

    assert [asyncio.run(enqueue_and_look()) for _ in range(2)] == [State.QUEUED] * 2


async def test_an_async_iterable_is_taken_in_with_results_in_order(redis_url: str) -> None:
    async def messages() -> AsyncIterator[MessageLike]:
        for n in range(CHUNK + 2):
            yield {"to": NUMBER, "content": "Hello", "id": f"m{n}"}

    async with Bulkwire(redis_url=redis_url) as queue:
        ids = [one.id async for one in queue.aenqueue_messages(messages())]
    assert ids == [f"m{n}" for n in range(CHUNK + 2)]


def test_no_number_and_no_text_stand_in_reprs_and_errors(queue: Bulkwire) -> None:
    result = queue.enqueue_message(to=NUMBER, content="secret text")
    told = repr(queue.get_message(result.id)) + repr(result)
    with pytest.raises(InvalidMessage) as refusal:
        queue.enqueue_message(to="082 123", content="secret text", channel="pigeon")
    told += str(refusal.value) + repr(refusal.value)
    assert "secret" not in told
    assert "821234567" not in told
    assert "082 123" not in told
