"""Answers whose status came, and whose body did not, or not readably: a value, never an error."""

import gzip
from dataclasses import dataclass

import pytest

from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.wire import WireOptions
from support.one_api_attempt import BODY, KEY, NO_ANSWER, PATIENT, Run, attempt
from support.raw_server import Behaviour, Connection, RawServer

JSON_BODY = b'{"messages":[{"apiMessageId":"a1","accepted":true}]}'


def answering(data: bytes, *, hang: bool = False) -> Behaviour:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.answer(data)
        if hang:
            connection.read_until_hang_up()

    return behave


def sized(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    head = [b"HTTP/1.1 202 Accepted", b"Content-Length: %d" % (length or len(body)), *headers]
    return b"\r\n".join([*head, b"", body])


CHUNKED = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIPPED = b"Content-Encoding: gzip"


@dataclass(frozen=True)
class Broken:
    """What is wrong, and the `fault` that the answer shows; `incomplete`: not all of it came."""

    name: str
    behave: Behaviour
    faults: set[str]
    incomplete: bool
    options: WireOptions = PATIENT


BROKEN = [
    Broken("cut off", answering(sized(JSON_BODY, length=500)), {"protocol_garbage"}, True),
    Broken("stalls", answering(sized(JSON_BODY, length=500), hang=True), {"read_timeout"}, True,
           NO_ANSWER),
    Broken("bad chunk", answering(CHUNKED + b"zz\r\n{}\r\n"), {"protocol_garbage"}, True),
    Broken("cut chunk", answering(CHUNKED + b"ff\r\n{}"), {"protocol_garbage"}, True),
    Broken("not gzip", answering(sized(b"not gzip at all", GZIPPED)), {"decoding"}, True),
    Broken("too large", answering(sized(b"x" * 5_000_000)), {"too_large"}, True),
    Broken("empty", answering(sized(b"")), {"empty"}, False),
    Broken("not JSON", answering(sized(b"<html>Accepted</html>")), {"not_json"}, False),
    Broken("a list", answering(sized(b"[]")), {"not_an_object"}, False),
    Broken("not UTF-8", answering(sized(b'{"messages":"\xff\xfe"}')), {"not_json"}, False),
    Broken("half of gzip", answering(sized(gzip.compress(JSON_BODY)[:20], GZIPPED)),
           {"decoding", "not_json", "empty"}, False),
]  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_status_without_a_readable_body_is_an_answer_with_a_fault(case: Broken, run: Run) -> None:
    with RawServer(case.behave) as server:
        tried = run(attempt(server.url, options=case.options))
        server.settle()
    assert tried.answer is not None
    assert tried.answer.http_status == 202
    assert tried.answer.fault in case.faults
    assert tried.answer.incomplete is case.incomplete
    assert tried.answer.results == ()
    assert tried.departure.started
    assert server.requests == 1


def test_a_compressed_answer_that_nobody_asked_for_is_still_read(run: Run) -> None:
    with RawServer(answering(sized(gzip.compress(JSON_BODY), GZIPPED))) as server:
        tried = run(attempt(server.url))
    assert tried.answer is not None
    assert tried.answer.results[0].api_id == "a1"
    assert b"Accept-Encoding: identity" in server.received


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, run: Run) -> None:
    with RawServer(answering(b"")) as elsewhere:
        location = f"Location: {elsewhere.url}/v1/message".encode()
        head = b"HTTP/1.1 %d Elsewhere\r\nContent-Length: 0\r\n" % status
        with RawServer(answering(head + location + b"\r\n\r\n")) as server:
            tried = run(attempt(server.url))
        assert elsewhere.connections == []
    assert tried.answer is not None
    assert tried.answer.http_status == status
    assert server.requests == 1


def test_the_request_carries_key_and_body_and_no_cookie_or_proxy(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    cookie = b"Set-Cookie: session=1"

    def answer_twice(connection: Connection) -> None:
        while connection.read_request():
            connection.answer(sized(b'{"balance":"12.50","currency":"EUR"}', cookie))

    async def send_then_ask(url: str) -> str:
        async with OneApi(url, KEY, options=PATIENT) as api:
            balance = await api.balance()
            await api.status("an/odd id")
            return f"{balance.amount} {balance.currency}"

    with RawServer(answer_twice) as server:
        assert run(send_then_ask(server.url)) == "12.50 EUR"
        server.settle()
    first, second = server.received.split(b"GET ")[1:]
    assert first.startswith(b"/v1/balance HTTP/1.1\r\n")
    assert second.startswith(b"/v1/message/an%2Fodd%20id HTTP/1.1\r\n")
    assert f"Authorization: {KEY}\r\n".encode() in first
    assert b"cookie" not in second.lower()
    assert BODY not in server.received
    assert len(server.connections) == 1  # kept alive
