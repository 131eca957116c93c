"""Before the first message, and after an answer nobody could read, somebody is asked who it is."""

import asyncio
import re

import pytest

from bulkwire_workers.one_api.answers import SendAnswer
from bulkwire_workers.one_api.cautious import CautiousOneApi
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import (
    ConnectFailed,
    NotYetKnown,
    ProviderError,
    WrongAddress,
)
from support.one_api_attempt import ACCEPTED, BODY, KEY, PATIENT, Attempt, Run, send, stop
from support.raw_server import Behaviour, Connection, RawServer

PAGE = b"<html>It works!</html>"
MONEY = b'{"balance":12.5,"currency":"USD"}'


def answered(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def answering(to_question: bytes, to_messages: bytes = b"") -> Behaviour:
    def behave(connection: Connection) -> None:
        while request := connection.read_request():
            asks = request.startswith(b"GET /v1/balance ")
            connection.answer(to_question if asks else to_messages)

    return behave


def methods(server: RawServer) -> list[bytes]:
    return re.findall(rb"(GET|POST) /v1/\w+ HTTP/1.1\r\n", server.received)


async def meet_and_send(api: CautiousOneApi, *, body: bytes = BODY) -> Attempt:
    try:
        async with api.first_contact():
            return await send(api, body=body)
    except ProviderError as error:
        return Attempt(None, error, Departure())


async def sent(url: str, times: int = 1) -> list[Attempt]:
    async with CautiousOneApi(url, KEY, options=PATIENT) as api:
        return [await meet_and_send(api) for _ in range(times)]


def refuse_to_speak(connection: Connection) -> None:
    connection.read_request()


def speak_something_else(connection: Connection) -> None:
    connection.read_request()
    connection.answer(b"\x15\x03\x03\x00\x02\x02\x0a")  # a TLS alert


@pytest.mark.parametrize(
    "page", [PAGE, b"", b'["a list"]', b"ok"], ids=["html", "empty", "list", "text"]
)
def test_a_success_that_is_no_object_keeps_every_message_back(run: Run, page: bytes) -> None:
    with RawServer(answering(answered("200 OK", page))) as server:
        (attempt,) = run(sent(server.url))
        server.settle()
    assert isinstance(attempt.error, WrongAddress)
    assert attempt.error.reason == "address_is_not_the_one_api"
    assert not attempt.departure.started
    assert methods(server) == [b"GET"]


@pytest.mark.parametrize("behave", [refuse_to_speak, speak_something_else])
def test_what_does_not_speak_http_counts_as_no_connection(run: Run, behave: Behaviour) -> None:
    with RawServer(behave) as server:
        (attempt,) = run(sent(server.url))
    assert isinstance(attempt.error, ConnectFailed)
    assert not attempt.departure.started


@pytest.mark.parametrize(
    "balance",
    [
        answered("200 OK", MONEY),
        answered("200 OK", b'{"total":1}'),
        answered("404 Not Found", PAGE),
        answered("401 Unauthorized", b""),
        answered("502 Bad Gateway", PAGE),
    ],
    ids=["a balance", "another object", "404", "401", "502"],
)
def test_any_other_answer_lets_messages_go_and_one_question_is_enough(
    run: Run, balance: bytes
) -> None:
    with RawServer(answering(balance, ACCEPTED)) as server:
        attempts = run(sent(server.url, 2))
        server.settle()
    assert all(isinstance(attempt.answer, SendAnswer) for attempt in attempts)
    assert methods(server) == [b"GET", b"POST", b"POST"]


def test_a_question_that_nobody_answers_keeps_nothing_back(run: Run) -> None:
    def behave(connection: Connection) -> None:
        while request := connection.read_request():
            if request.startswith(b"POST"):
                connection.answer(ACCEPTED)
            else:
                connection.released.wait(10)

    async def impatient(url: str) -> Attempt:
        async with CautiousOneApi(url, KEY, alone_for_s=0.1) as api:
            return await meet_and_send(api)

    with RawServer(behave) as server:
        assert run(impatient(server.url)).answer


@pytest.mark.parametrize("page", [answered("200 OK", PAGE), b""], ids=["a page", "a hang-up"])
def test_after_an_answer_nobody_could_read_it_asks_again(run: Run, page: bytes) -> None:
    first = [True]

    def behave(connection: Connection) -> None:
        while request := connection.read_request():
            if request.startswith(b"GET"):
                connection.answer(answered("200 OK", MONEY))
            elif first.pop() if first else False:
                connection.answer(page)
                if not page:
                    return
            else:
                connection.answer(ACCEPTED)

    with RawServer(behave) as server:
        run(sent(server.url, 3))
        server.settle()
    assert methods(server) == [b"GET", b"POST", b"GET", b"POST", b"POST"]


async def together(url: str) -> list[Attempt]:
    async with CautiousOneApi(url, KEY) as api:
        return await asyncio.gather(*(meet_and_send(api) for _ in range(5)))


def test_of_those_that_come_together_one_goes_first_and_the_others_try_again(run: Run) -> None:
    with RawServer(answering(answered("200 OK", MONEY), ACCEPTED)) as server:
        first, *others = run(together(server.url))
        server.settle()
    assert first.answer
    assert all(isinstance(attempt.error, NotYetKnown) for attempt in others)
    assert not any(attempt.departure.started for attempt in others)
    assert methods(server) == [b"GET", b"POST"]


@pytest.mark.parametrize(
    "refusal", ["301 Moved Permanently", "401 Unauthorized", "404 Not Found", "405 Not Allowed"]
)
def test_who_is_refused_for_all_does_not_open_the_way_for_the_others(
    run: Run, refusal: str
) -> None:
    async def refused_and_followed(url: str) -> Attempt:
        async with CautiousOneApi(url, KEY) as api:
            await meet_and_send(api)
            return (await asyncio.gather(meet_and_send(api), meet_and_send(api)))[1]

    with RawServer(answering(*[answered(refusal, PAGE)] * 2)) as server:
        follower = run(refused_and_followed(server.url))
        server.settle()
    assert isinstance(follower.error, NotYetKnown)
    assert methods(server) == [b"GET", b"POST"] * 2


def test_a_slow_first_one_does_not_keep_the_others_for_long(run: Run) -> None:
    def behave(connection: Connection) -> None:
        while request := connection.read_request():
            if b"first" in request:
                connection.released.wait(10)
            connection.answer(ACCEPTED)

    async def one_after_the_other(url: str) -> list[Attempt]:
        async with CautiousOneApi(url, KEY, alone_for_s=0.2) as api:
            slow = asyncio.create_task(meet_and_send(api, body=b"the first one"))
            await asyncio.sleep(0.5)
            attempts = await asyncio.gather(*(meet_and_send(api) for _ in range(5)))
            await stop(slow)
            return attempts

    with RawServer(behave) as server:
        assert all(attempt.answer for attempt in run(one_after_the_other(server.url)))
