"""For each way a request can fail: what we say about it, against what the server saw.

Where we say "surely not sent", the server must have seen no byte of the request. Where we say
"may have left", the table holds both kinds: some servers saw all of it, some saw nothing, and from
here the two can't be told apart.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal

import pytest

from bulkwire_workers.one_api.errors import (
    AnswerGarbled,
    ConnectFailed,
    MayHaveLeft,
    NotSent,
    ProviderError,
    ReadFailed,
    WriteFailed,
)
from bulkwire_workers.one_api.wire import WireOptions
from support.one_api_attempt import (
    BODY,
    KEY,
    NO_ANSWER,
    NO_CONNECTION,
    NO_READER,
    PATIENT,
    Run,
    attempt,
)
from support.raw_server import Behaviour, Connection, RawServer, full_backlog

HUGE = b'{"messages":["' + b"x" * 30_000_000 + b'"]}'
"""More than the buffers of two sockets hold, so that writing it needs a reader."""


# --- Surely not sent: it failed before the first byte -------------------------------------------


@contextmanager
def refused() -> Iterator[str]:
    with socket.socket() as bound:  # bound, so that nobody else gets the port; not listening
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def unknown_host() -> Iterator[str]:
    yield "http://no-such-host.invalid"


@contextmanager
def impossible_host() -> Iterator[str]:
    yield f"http://{'a' * 70}.invalid"


@dataclass(frozen=True)
class BeforeStart:
    """A place that can't be reached, and the words we have for it."""

    name: str
    place: Callable[[], AbstractContextManager[str]]
    reasons: set[str]
    options: WireOptions = PATIENT


UNREACHABLE = [
    BeforeStart("nobody listens", refused, {"connect_refused"}),
    # A resolver that hangs is one more way of not knowing a name.
    BeforeStart(
        "the name is unknown", unknown_host, {"unknown_host", "connect_timeout"}, NO_CONNECTION
    ),
    BeforeStart("the name is not one", impossible_host, {"unknown_host", "invalid_request"}),
    BeforeStart("nobody accepts", full_backlog, {"connect_timeout"}, NO_CONNECTION),
]


@pytest.mark.parametrize("case", UNREACHABLE, ids=lambda case: case.name)
def test_what_never_connects_was_surely_not_sent(case: BeforeStart, run: Run) -> None:
    with case.place() as url:
        tried = run(attempt(url, options=case.options))
    assert isinstance(tried.error, NotSent)
    assert tried.error.reason in case.reasons
    assert not tried.error.may_have_left
    assert not tried.departure.started


def tls_garbage(connection: Connection) -> None:
    connection.answer(b"this is not TLS " * 8)
    connection.read_until_hang_up()


def tls_hangs(connection: Connection) -> None:
    connection.read_until_hang_up()


def tls_hello_then_reset(connection: Connection) -> None:
    connection.sock.recv(16)
    connection.reset()


def tls_hello_then_close(connection: Connection) -> None:
    connection.sock.recv(65536)
    connection.close()


TLS_BROKE = {"connect_failed", "tls_failed"}
HANDSHAKES: list[tuple[str, Behaviour, set[str], WireOptions]] = [
    ("garbage instead of a handshake", tls_garbage, {"tls_failed"}, PATIENT),
    ("the handshake hangs", tls_hangs, {"connect_timeout"}, NO_CONNECTION),
    ("reset within the handshake", tls_hello_then_reset, TLS_BROKE, PATIENT),
    ("closed within the handshake", tls_hello_then_close, TLS_BROKE, PATIENT),
]


@pytest.mark.parametrize(
    ("behave", "reasons", "options"),
    [case[1:] for case in HANDSHAKES],
    ids=[case[0] for case in HANDSHAKES],
)
def test_what_fails_within_the_tls_handshake_was_surely_not_sent(
    behave: Behaviour,
    reasons: set[str],
    options: WireOptions,
    run: Run,
    trusting_tls: ssl.SSLContext,
) -> None:
    with RawServer(behave, scheme="https") as server:
        tried = run(attempt(server.url, tls=trusting_tls, options=options))
        server.settle()
    assert_surely_not_sent(tried.error, reasons, server)
    assert not tried.departure.started


def test_a_certificate_that_nobody_trusts_keeps_the_request_here(
    run: Run, certificate: str
) -> None:
    def behave(connection: Connection) -> None:
        connection.start_tls(certificate)
        connection.read_until_hang_up()

    with RawServer(behave, scheme="https") as server:
        tried = run(attempt(server.url))
        server.settle()
    assert_surely_not_sent(tried.error, {"tls_certificate"}, server)


def assert_surely_not_sent(
    error: ProviderError | None, reasons: set[str], server: RawServer
) -> None:
    assert isinstance(error, ConnectFailed)
    assert error.reason in reasons
    assert error.retryable
    assert not error.may_have_left
    assert server.connections
    assert server.requests == 0
    assert KEY.encode() not in server.received
    assert BODY not in server.received


# --- May have left: it failed after the first byte ----------------------------------------------


def reset_without_reading(connection: Connection) -> None:
    # Peek, so that it happens after the start: a reset before it is a failed connect.
    connection.sock.recv(1, socket.MSG_PEEK)
    connection.reset()


def close_at_once(connection: Connection) -> None:
    connection.close()


def reset_after_the_request(connection: Connection) -> None:
    connection.read_request()
    connection.reset()


def close_after_the_request(connection: Connection) -> None:
    connection.read_request()
    connection.close()


def hang_after_the_request(connection: Connection) -> None:
    connection.read_request()
    connection.read_until_hang_up()


def never_read(connection: Connection) -> None:
    connection.released.wait()


def answering(data: bytes) -> Behaviour:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.answer(data)
        connection.close()

    return behave


def interim_answers_only(connection: Connection) -> None:
    connection.read_request()
    connection.answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)
    connection.read_until_hang_up()


@dataclass(frozen=True)
class AfterStart:
    """A server that leaves us without an answer, and how much of the request it had read."""

    name: str
    behave: Behaviour
    leaf: type[MayHaveLeft]
    saw: Literal["nothing", "all"]
    body: bytes = BODY
    options: WireOptions = PATIENT


UNANSWERED = [
    AfterStart("reset before it reads", reset_without_reading, ReadFailed, "nothing"),
    AfterStart("closed before it reads", close_at_once, ReadFailed, "nothing"),
    AfterStart("reads nothing", never_read, WriteFailed, "nothing", HUGE, NO_READER),
    AfterStart("reset after the request", reset_after_the_request, ReadFailed, "all"),
    AfterStart("closed after the request", close_after_the_request, ReadFailed, "all"),
    AfterStart("hangs", hang_after_the_request, ReadFailed, "all", options=NO_ANSWER),
    AfterStart("only interim answers", interim_answers_only, ReadFailed, "all", options=NO_ANSWER),
    AfterStart("not HTTP", answering(b"\x00\xff garbage\r\n\r\n"), AnswerGarbled, "all"),
    AfterStart("another protocol", answering(b"SSH-2.0-OpenSSH_9\r\n\r\n"), AnswerGarbled, "all"),
    AfterStart("no such status", answering(b"HTTP/1.1 abc Odd\r\n\r\n"), AnswerGarbled, "all"),
    AfterStart(
        "switches protocols",
        answering(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
        AnswerGarbled,
        "all",
    ),
    AfterStart("cut off in the headers", answering(b"HTTP/1.1 202 Acc"), ReadFailed, "all"),
    AfterStart(
        "a bad header", answering(b"HTTP/1.1 202 OK\r\nbad header\r\n\r\n"), AnswerGarbled, "all"
    ),
    AfterStart(
        "two lengths",
        answering(b"HTTP/1.1 202 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
        AnswerGarbled,
        "all",
    ),
    AfterStart(
        "endless headers",
        answering(b"HTTP/1.1 202 OK\r\nX: " + b"y" * 200_000),
        AnswerGarbled,
        "all",
    ),
]


@pytest.mark.parametrize("case", UNANSWERED, ids=lambda case: case.name)
def test_what_ends_without_an_answer_may_have_left(case: AfterStart, run: Run) -> None:
    with RawServer(case.behave) as server:
        tried = run(attempt(server.url, body=case.body, options=case.options))
        server.release()
        server.settle()
    assert isinstance(tried.error, case.leaf)
    assert tried.error.may_have_left
    assert not tried.error.retryable
    assert tried.departure.started
    assert len(server.connections) == 1  # nobody below us sent it again
    if case.saw == "nothing":
        assert server.received == b""
    else:
        assert server.requests == 1
        assert server.received.endswith(case.body)
