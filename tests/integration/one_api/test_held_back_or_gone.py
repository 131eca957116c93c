"""Requests stopped by our own side, and connections that died while they were idle.

As in `test_what_left`, what we say stands against what the server saw.
"""

import asyncio
import math
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.departure import FIRST_BYTE, Departure
from bulkwire_workers.one_api.errors import Cancelled, Fenced, PoolExhausted, ReadFailed
from support import wait_until
from support.one_api_attempt import (
    ACCEPTED,
    BODY,
    KEY,
    NO_FREE_CONNECTION,
    PATIENT,
    Attempt,
    Run,
    attempt,
    send,
    stop,
)
from support.raw_server import Connection, RawServer, full_backlog


def answer_everything(connection: Connection) -> None:
    while connection.read_request():
        connection.answer(ACCEPTED)


def answer_when_released(connection: Connection) -> None:
    connection.read_request()
    connection.released.wait()
    connection.answer(ACCEPTED)


def test_a_request_that_finds_no_free_connection_was_surely_not_sent(run: Run) -> None:
    async def two_at_once(url: str) -> tuple[Attempt, Attempt]:
        async with OneApi(url, KEY, options=NO_FREE_CONNECTION) as api:
            first = asyncio.create_task(send(api))
            await asyncio.to_thread(wait_until, lambda: server.requests == 1)
            second = await send(api, body=b'{"messages":["second"]}')
            server.release()
            return await first, second

    with RawServer(answer_when_released) as server:
        first, second = run(two_at_once(server.url))
        server.settle()
    assert isinstance(second.error, PoolExhausted)
    assert second.error.retryable
    assert not second.error.may_have_left
    assert not second.departure.started
    assert first.answer is not None
    assert server.requests == 1
    assert b"second" not in server.received


def test_a_request_past_its_leases_deadline_lets_no_byte_out(run: Run) -> None:
    with RawServer(answer_everything) as server:
        tried = run(attempt(server.url, deadline=time.monotonic()))
        server.settle()
    assert_fenced(tried, server)


def test_a_deadline_that_passes_while_connecting_lets_no_byte_out(
    run: Run, certificate: str, trusting_tls: ssl.SSLContext
) -> None:
    deadline = time.monotonic() + 0.2

    def slow_handshake(connection: Connection) -> None:
        wait_until(lambda: time.monotonic() > deadline)
        connection.start_tls(certificate)
        answer_everything(connection)

    with RawServer(slow_handshake, scheme="https") as server:
        tried = run(attempt(server.url, tls=trusting_tls, deadline=deadline))
        server.settle()
    assert_fenced(tried, server)


def test_over_tls_a_request_in_time_is_answered(
    run: Run, certificate: str, trusting_tls: ssl.SSLContext
) -> None:
    def behave(connection: Connection) -> None:
        connection.start_tls(certificate)
        answer_everything(connection)

    with RawServer(behave, scheme="https") as server:
        tried = run(attempt(server.url, tls=trusting_tls, deadline=time.monotonic() + 30))
        server.settle()
    assert tried.answer is not None
    assert tried.answer.results[0].api_id == "a1"
    assert server.requests == 1


def assert_fenced(tried: Attempt, server: RawServer) -> None:
    assert isinstance(tried.error, Fenced)
    assert not tried.error.may_have_left
    assert not tried.error.retryable
    assert not tried.departure.started
    assert len(server.connections) == 1
    assert server.received == b""


def test_the_same_departure_never_lets_a_second_request_out(run: Run) -> None:
    async def twice(url: str) -> Attempt:
        departure = Departure()
        async with OneApi(url, KEY, options=PATIENT) as api:
            await send(api, departure=departure)
            return await send(api, departure=departure)

    with RawServer(answer_everything) as server:
        second = run(twice(server.url))
        server.settle()
    assert second.error is not None
    assert second.error.may_have_left
    assert server.requests == 1


@dataclass(slots=True)
class DepartureWithHook(Departure):
    """Does something right after one of httpcore's trace events has been dealt with."""

    at: str = FIRST_BYTE
    hook: Callable[[], None] = field(default=lambda: None)

    async def trace(self, event: str, info: object) -> None:
        await Departure.trace(self, event, info)
        if event == self.at:
            self.hook()


def test_cancelled_while_connecting_was_surely_not_sent(run: Run) -> None:
    async def cancel_the_connect(url: str) -> Departure:
        connecting = asyncio.Event()
        departure = DepartureWithHook(at="connection.connect_tcp.started", hook=connecting.set)
        async with OneApi(url, KEY, options=PATIENT) as api:
            task = asyncio.create_task(send(api, departure=departure))
            await asyncio.wait_for(connecting.wait(), 60)
            await stop(task)
        return departure

    with full_backlog() as url:
        departure = run(cancel_the_connect(url))
    assert not departure.started
    assert not Cancelled(departure).may_have_left


def test_cancelled_while_waiting_for_a_connection_was_surely_not_sent(run: Run) -> None:
    async def cancel_in_the_queue(url: str) -> Departure:
        departure = Departure()
        async with OneApi(url, KEY, options=PATIENT) as api:
            first = asyncio.create_task(send(api))
            await asyncio.to_thread(wait_until, lambda: server.requests == 1)
            second = asyncio.create_task(send(api, body=b"second", departure=departure))
            await asyncio.sleep(0)  # into the pool's queue
            await stop(second)
            server.release()
            assert (await first).answer is not None
        return departure

    with RawServer(answer_when_released) as server:
        departure = run(cancel_in_the_queue(server.url))
        server.settle()
    assert not Cancelled(departure).may_have_left
    assert b"second" not in server.received


def test_cancelled_after_the_request_may_have_left(run: Run) -> None:
    async def cancel_while_it_waits(url: str) -> Departure:
        departure = Departure()
        async with OneApi(url, KEY, options=PATIENT) as api:
            task = asyncio.create_task(send(api, departure=departure))
            await asyncio.to_thread(wait_until, lambda: server.received.endswith(BODY))
            await stop(task)
        return departure

    with RawServer(answer_when_released) as server:
        departure = run(cancel_while_it_waits(server.url))
        server.release()
        server.settle()
    assert departure.started
    assert Cancelled(departure).may_have_left
    assert server.requests == 1


def test_a_kept_connection_that_the_server_closed_is_replaced_before_the_request(run: Run) -> None:
    """httpcore looks whether an idle socket is readable: a hang-up seen in time costs nothing."""

    def answer_once(connection: Connection) -> None:
        connection.read_request()
        connection.answer(ACCEPTED)
        connection.close()

    async def one_after_the_other(url: str) -> list[Attempt]:
        async with OneApi(url, KEY, options=PATIENT) as api:
            first = await send(api)
            await asyncio.to_thread(server.settle)
            return [first, await send(api)]

    with RawServer(answer_once) as server:
        tried = run(one_after_the_other(server.url))
        server.settle()
    assert all(one.answer is not None for one in tried)
    assert [connection.requests for connection in server.connections] == [1, 1]


def test_a_request_into_a_kept_connection_that_dies_at_that_moment_may_have_left(run: Run) -> None:
    """Nobody can tell this from a server that read the request and then reset: it is in doubt."""

    def reset_when_released(connection: Connection) -> None:
        connection.read_request()
        connection.answer(ACCEPTED)
        connection.released.wait()
        connection.reset()

    def kill_the_idle_connection() -> None:
        server.release()
        server.settle()

    async def one_after_the_other(url: str) -> list[Attempt]:
        late = DepartureWithHook(hook=kill_the_idle_connection)
        async with OneApi(url, KEY, options=PATIENT) as api:
            return [await send(api), await send(api, body=b"second", departure=late)]

    with RawServer(reset_when_released) as server:
        first, second = run(one_after_the_other(server.url))
    assert first.answer is not None
    assert isinstance(second.error, ReadFailed)
    assert second.error.may_have_left
    assert second.departure.started
    assert len(server.connections) == 1  # httpcore does not try again on a fresh connection
    assert b"second" not in server.received


def test_a_request_that_a_kept_connection_swallows_may_have_left(run: Run) -> None:
    def answer_then_reset(connection: Connection) -> None:
        connection.read_request()
        connection.answer(ACCEPTED)
        connection.read_request()
        connection.reset()

    async def one_after_the_other(url: str) -> list[Attempt]:
        async with OneApi(url, KEY, options=PATIENT) as api:
            return [await send(api), await send(api, deadline=math.inf)]

    with RawServer(answer_then_reset) as server:
        first, second = run(one_after_the_other(server.url))
        server.settle()
    assert first.answer is not None
    assert isinstance(second.error, ReadFailed)
    assert second.error.may_have_left
    assert [connection.requests for connection in server.connections] == [2]
