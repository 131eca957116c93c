"""Each way to answer a request: what the client sees, and what the ledger says."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from support import wait_until
from support.simulated_api import Fields, Simulate, Text


@contextmanager
def asked(url: str, body: bytes) -> Iterator[socket.socket]:
    """A connection that a request was just written to."""
    address = urlsplit(url)
    head = (
        f"POST /v1/message HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=60) as sock:
        sock.sendall(head.encode() + body)
        yield sock


def raw_exchange(url: str, body: bytes) -> bytes:
    """Everything the server sends until it closes. Raises ConnectionResetError on a reset."""
    received = b""
    with asked(url, body) as sock:
        while chunk := sock.recv(65_536):
            received += chunk
    return received


def body_of(*messages: Fields) -> bytes:
    return orjson.dumps({"messages": messages})


def test_all_accepted_is_202_with_an_id_for_each(simulate: Simulate, text: Text) -> None:
    api = simulate()
    answer = api.send(text(1), text(2))
    assert answer.status_code == 202
    results = answer.json()["messages"]
    assert [(r["to"], r["clientMessageId"], r["accepted"]) for r in results] == [
        ("27820000001", "id-1", True),
        ("27820000002", "id-2", True),
    ]
    ids = [message.apiMessageId for message in api.control.ledger()]
    assert ids == [r["apiMessageId"] for r in results]
    assert api.answered() == ["27820000001", "27820000002"]


@pytest.mark.parametrize("status", [401, 402, 404, 413, 429, 500, 503])
def test_a_bare_answer_has_no_body_and_takes_nothing(
    simulate: Simulate, text: Text, status: int
) -> None:
    api = simulate(first_requests=[f"bare_{status}"])
    answer = api.send(text(1))
    assert (answer.status_code, answer.content) == (status, b"")
    assert "Retry-After" not in answer.headers
    assert api.accepted() == []


@pytest.mark.parametrize(
    ("code", "status"), [(1, 401), (2, 400), (18, 500), (19, 503), (20, 402), (43, 400), (999, 400)]
)
def test_an_error_of_the_whole_request_comes_under_its_status(
    simulate: Simulate, text: Text, code: int, status: int
) -> None:
    api = simulate(first_requests=[f"code_{code}"])
    answer = api.send(text(1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["messages"] == []
    assert api.accepted() == []


def test_retry_after_comes_in_seconds_or_as_a_date(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["retry_after_seconds", "retry_after_date"], retry_after_s=90)
    seconds, date = api.send(text(1)), api.send(text(1))
    assert (seconds.status_code, seconds.headers["Retry-After"]) == (429, "90")
    assert date.status_code == 429
    ahead = parsedate_to_datetime(date.headers["Retry-After"]).timestamp() - time.time()
    assert 0 < ahead <= 91
    assert api.accepted() == []


def test_slow_is_an_answer_that_takes_its_time(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["slow"], slow_ms=[300, 300])
    started = time.monotonic()
    assert api.send(text(1)).status_code == 202
    assert time.monotonic() - started >= 0.3
    assert api.answered() == ["27820000001"]


def test_a_client_that_does_not_wait_for_a_slow_answer_was_not_answered(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(first_requests=["slow"], slow_ms=[1_000, 1_000])
    with asked(api.url, body_of(text(1))):
        wait_until(api.accepted, message="the message being taken in")
    time.sleep(1.2)  # until it would have been answered
    assert (api.accepted(), api.answered()) == (["27820000001"], [])


@pytest.mark.parametrize(("kind", "taken"), [("hang_before", 0), ("hang_after", 1)])
def test_a_hang_never_answers(simulate: Simulate, text: Text, kind: str, taken: int) -> None:
    api = simulate(first_requests=[kind])
    with asked(api.url, body_of(text(1))) as sock:
        wait_until(lambda: api.control.summary().requests.get("send"), message="the request")
        assert select.select([sock], [], [], 0.3) == ([], [], [])
    assert (len(api.accepted()), api.answered()) == (taken, [])


@pytest.mark.parametrize(("kind", "taken"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_is_a_tcp_reset(simulate: Simulate, text: Text, kind: str, taken: int) -> None:
    api = simulate(first_requests=[kind])
    with pytest.raises(ConnectionResetError):
        raw_exchange(api.url, body_of(text(1)))
    assert (len(api.accepted()), api.answered()) == (taken, [])


@pytest.mark.parametrize(("kind", "taken"), [("close_before", 0), ("close_after", 1)])
def test_a_close_ends_the_connection_without_a_byte(
    simulate: Simulate, text: Text, kind: str, taken: int
) -> None:
    api = simulate(first_requests=[kind])
    assert raw_exchange(api.url, body_of(text(1))) == b""
    assert (len(api.accepted()), api.answered()) == (taken, [])


def test_a_cut_off_body_is_shorter_than_its_length(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["cut_off"])
    head, _, body = raw_exchange(api.url, body_of(text(1))).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 202 ")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    assert 0 < len(body) < length
    assert (len(api.accepted()), api.answered()) == (1, [])


@pytest.mark.parametrize(("kind", "status"), [("malformed", 202), ("bad_utf8", 202), ("html", 202)])
def test_an_unreadable_body_comes_after_the_messages_were_taken(
    simulate: Simulate, text: Text, kind: str, status: int
) -> None:
    api = simulate(first_requests=[kind])
    answer = api.send(text(1))
    assert answer.status_code == status
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(answer.content)
    assert (len(api.accepted()), api.answered()) == (1, [])


def test_an_empty_body_comes_with_the_status_of_success(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["empty"])
    answer = api.send(text(1))
    assert (answer.status_code, answer.content) == (202, b"")
    assert (len(api.accepted()), api.answered()) == (1, [])


def test_a_gateway_page_comes_with_502(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["html_502"])
    answer = api.send(text(1))
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert (len(api.accepted()), api.answered()) == (1, [])


def test_a_body_that_says_gzip_is_none(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["bad_gzip"])
    with pytest.raises(httpx.DecodingError):
        api.send(text(1))
    assert (len(api.accepted()), api.answered()) == (1, [])


def test_a_good_answer_can_be_followed_by_a_close_nobody_announced(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(first_requests=["ok_close"])
    answer = raw_exchange(api.url, body_of(text(1)))
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert b"connection: close" not in answer.lower()
    assert api.answered() == ["27820000001"]


def test_the_first_requests_are_scripted_and_the_rates_hold_after_them(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(first_requests=["ok", "bare_503"], requests={"bare_429": 1})
    assert [api.send(text(n)).status_code for n in range(4)] == [202, 503, 429, 429]


def test_the_same_seed_answers_the_same_way(simulate: Simulate, text: Text) -> None:
    def answers(seed: int) -> list[int]:
        api = simulate(seed=seed, requests={"bare_503": 0.5}, messages={"codes": {"26": 0.5}})
        return [api.send(text(n)).status_code for n in range(40)]

    assert answers(1) == answers(1)
    assert answers(1) != answers(2)


def test_latency_delays_every_answer(simulate: Simulate, text: Text) -> None:
    api = simulate(latency_ms=[150, 200])
    started = time.monotonic()
    api.send(text(1))
    assert time.monotonic() - started >= 0.15
