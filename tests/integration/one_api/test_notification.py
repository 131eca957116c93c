"""Read receipts: each message's own result, whatever order and shape the answer has."""

from collections.abc import Callable, Sequence

import orjson
import pytest

from bulkwire_cli.simulator.process import RunningSimulator
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.notices import NotificationAnswer, ReadNotice
from bulkwire_workers.one_api.receipts import Receipt, report_read
from support.one_api_attempt import KEY, PATIENT, Run
from support.raw_server import Connection, RawServer


async def test_250_messages_make_three_requests(api: OneApi, running: RunningSimulator) -> None:
    ids = [f"in-{number}" for number in range(250)]
    receipts = [one async for one in report_read(api, [*ids, *ids[:5]])]
    assert [one.message_id for one in receipts] == ids
    assert all(one.accepted and one.api_event_id for one in receipts)
    assert [one.operation for one in running.client.requests()] == ["notification"] * 3


async def test_a_notice_is_answered_with_what_it_was_sent_with(api: OneApi) -> None:
    answer = await api.notification([ReadNotice("in-1", "mine"), ReadNotice("in-2")])
    assert (answer.http_status, answer.error) == (202, None)
    assert [(one.message_id, one.client_event_id) for one in answer.results] == [
        ("in-1", "mine"),
        ("in-2", None),
    ]


@pytest.mark.parametrize("notices", [[], [ReadNotice("in")] * 101, [ReadNotice("")]])
async def test_what_no_request_can_hold_is_refused_here(
    api: OneApi, running: RunningSimulator, notices: Sequence[ReadNotice]
) -> None:
    with pytest.raises(ValueError, match="notice"):
        await api.notification(notices)
    assert running.client.requests() == []


async def test_what_was_refused_for_the_moment_is_asked_again(
    api: OneApi, running: RunningSimulator
) -> None:
    running.client.set_scenario({"other_requests": {"code_43": 1}})
    receipts = [one async for one in report_read(api, ["in-1"])]
    assert receipts == [Receipt("in-1", accepted=False, code=43, reason="http_400")]
    assert len(running.client.requests()) == 4


Answering = Callable[[list[dict[str, str]]], tuple[int, object]]


def receipts_of(run: Run, ids: list[str], answer: Answering) -> tuple[list[Receipt], int]:
    """What is made of an answer that is made from the notices of a request, and the requests."""

    def behave(connection: Connection) -> None:
        while request := connection.read_request():
            document = orjson.loads(request.partition(b"\r\n\r\n")[2])
            status, said = answer(document["event"]["messageStatusUpdate"])
            body = said if isinstance(said, bytes) else orjson.dumps(said)
            head = b"HTTP/1.1 %d Answer\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
            connection.answer(head + body)

    async def collect(url: str) -> list[Receipt]:
        async with OneApi(url, KEY, options=PATIENT) as api:
            return [one async for one in report_read(api, ids)]

    with RawServer(behave) as server:
        return run(collect(server.url)), server.requests


def event(*results: dict[str, object]) -> dict[str, object]:
    return {"event": {"messageStatusUpdate": results}}


def test_results_in_another_order_find_their_messages(run: Run) -> None:
    def answer(notices: list[dict[str, str]]) -> tuple[int, object]:
        results = [
            {"clientEventId": one["clientEventId"], "accepted": one["messageId"] != "b"}
            for one in reversed(notices)
        ]
        return 207, event(*results)

    receipts, _ = receipts_of(run, ["a", "b", "c"], answer)
    assert [(one.message_id, one.accepted) for one in receipts] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]


def test_without_an_echo_results_are_found_by_their_message(run: Run) -> None:
    def answer(notices: list[dict[str, str]]) -> tuple[int, object]:
        return 207, event(
            {"messageId": "b", "accepted": False, "error": {"code": 33}},
            {"messageId": "a", "accepted": True, "apiEventId": "e1"},
        )

    receipts, _ = receipts_of(run, ["a", "b", "c"], answer)
    assert receipts == [
        Receipt("a", accepted=True, api_event_id="e1"),
        Receipt("b", accepted=False, code=33, reason="refused"),
        Receipt("c", accepted=False, reason="no_result"),
    ]


def test_an_echo_that_names_another_message_is_not_believed(run: Run) -> None:
    def answer(notices: list[dict[str, str]]) -> tuple[int, object]:
        return 202, event({"clientEventId": "0", "messageId": "other", "accepted": True})

    receipts, _ = receipts_of(run, ["a"], answer)
    assert receipts == [Receipt("a", accepted=False, reason="no_result")]


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (401, b"", "http_401"),
        (404, b"<html>", "http_404"),
        (400, {"error": {"code": 21}}, "http_400"),
        (202, b"{}", "no_result"),
        (202, b"<html>", "not_json"),
        (202, [], "not_an_object"),
        (202, {"event": {"messageStatusUpdate": "many"}}, "no_result"),
        (202, {"event": [None, {"accepted": True}]}, "no_result"),
    ],
)
def test_a_request_refused_as_a_whole_ends_it(
    status: int, said: object, reason: str, run: Run
) -> None:
    ids = [f"in-{number}" for number in range(201)]
    receipts, made = receipts_of(run, ids, lambda _: (status, said))
    assert {one.reason for one in receipts[:100]} == {reason}
    assert {one.reason for one in receipts[100:]} == {"not_asked"}
    assert [one.message_id for one in receipts] == ids
    assert made == 1


async def test_nobody_there_is_a_reason_for_each() -> None:
    async with OneApi("http://127.0.0.1:1", KEY, options=PATIENT) as api:
        receipts = [one async for one in report_read(api, ["a", "b"])]
    assert [one.reason for one in receipts] == ["connect_refused", "connect_refused"]


def test_an_answer_shows_no_foreign_text() -> None:
    assert "description" not in repr(NotificationAnswer(400))
