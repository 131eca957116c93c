"""What the provider refuses in a message, and with which code."""

import base64
import json
from typing import Any

import pytest

from bulkwire_cli.simulator.contract import corrected_contract
from bulkwire_cli.simulator.validation import Checked, SendValidator
from support.simulated_api import Fields

TO = "27820000001"
KNOWN_FILE = "file-1"


@pytest.fixture(scope="module")
def validator() -> SendValidator:
    return SendValidator(corrected_contract(), lambda file, to: file == KNOWN_FILE and to == TO)


def checked(validator: SendValidator, *messages: Fields) -> Checked:
    return validator.check(json.dumps({"messages": messages}).encode())


def whatsapp(**fields: Any) -> Fields:
    return {"channel": "whatsapp", "to": TO, **fields}


@pytest.mark.parametrize(
    "message",
    [
        {"to": TO, "content": "x"},
        {"to": TO, "content": "x" * 5_000, "channel": "sms", "from": "27820000009"},
        whatsapp(content="x" * 4_096, previewFirstUrl=True),
        whatsapp(content="QUJD", media={"contentType": "image/png", "caption": "c"}),
        whatsapp(media={"fileId": KNOWN_FILE}),
        whatsapp(contacts=[{"name": {"first": "A"}, "phones": [{"phone": "1"}]}]),
        whatsapp(template={"templateName": "t", "body": {"parameters": {"1": "x"}}}),
        whatsapp(locationRequest={"body": "where?"}),
        whatsapp(
            listPicker={
                "button": "b",
                "subtitle": "s",
                "sections": [{"items": [{"title": "t", "postbackData": "p"}]}],
            }
        ),
        whatsapp(
            button={
                "body": "b",
                "items": [{"title": "t", "postbackData": "p"}],
                "header": {"type": "text", "text": "h"},
            }
        ),
    ],
)
def test_a_good_message_passes(validator: SendValidator, message: Fields) -> None:
    assert checked(validator, message) == Checked([message])


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"to": "+27820000001", "content": "x"}, 25),
        ({"to": "0820000001", "content": "x"}, 25),
        ({"to": "", "content": "x"}, 25),
        ({"content": "x"}, 23),
        ({"to": TO}, 23),
        ({"to": TO, "content": ""}, 23),
        ({"to": TO, "content": "x", "colour": "red"}, 23),
        ({"to": TO, "content": "x", "template": {"templateName": "t", "body": {}}}, 23),
        (whatsapp(content="x", binary=True), 23),
        (whatsapp(content="x" * 4_097), 24),
        (whatsapp(), 23),
        (whatsapp(content="x", location={"latitude": "1", "longitude": "1"}), 23),
        (whatsapp(content="QUJD", media={"caption": "no type"}), 23),
        (whatsapp(content="not base64!", media={"contentType": "image/png"}), 23),
        (whatsapp(content="QUJD", media={"contentType": "audio/aac", "caption": "c"}), 23),
        (whatsapp(content="QUJD", media={"fileId": KNOWN_FILE}), 23),
        (whatsapp(media={"fileId": "nowhere"}), 33),
        (whatsapp(contacts=[{"name": {"first": "A"}}]), 23),
        (whatsapp(locationRequest={"body": "x" * 1_025}), 24),
        (whatsapp(template={"templateName": "t", "body": {}, "header": {"type": "text"}}), 23),
    ],
)
def test_a_bad_message_is_refused_alone(
    validator: SendValidator, message: Fields, code: int
) -> None:
    result = checked(validator, {"to": TO, "content": "good"}, message)
    assert (result.refused, result.faults) == (0, {1: code})


def test_inline_media_of_more_than_a_megabyte_is_too_big(validator: SendValidator) -> None:
    content = base64.b64encode(b"x" * 1_000_001).decode()
    result = checked(validator, whatsapp(content=content, media={"contentType": "image/png"}))
    assert result.faults == {0: 31}


def test_a_payload_of_more_than_twenty_megabytes_refuses_every_message(
    validator: SendValidator,
) -> None:
    result = checked(validator, *({"to": TO, "content": "x" * 10_100_000} for _ in range(2)))
    assert result.faults == {0: 32, 1: 32}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"messages": []}',
        b'{"messages": {}}',
        b'{"messages": [7]}',
        b'{"messages": [{"to": 27820000001, "content": "x"}]}',
        b'{"messages": [{"to": "27820000001", "content": "x", "channel": "fax"}]}',
        b'{"messages": [{"to": "27820000001", "content": "\xff"}]}',
    ],
)
def test_a_request_that_cannot_be_read_is_refused_whole(
    validator: SendValidator, body: bytes
) -> None:
    assert validator.check(body).refused == 21


def test_more_than_a_hundred_messages_are_refused_whole(validator: SendValidator) -> None:
    message = {"to": TO, "content": "x"}
    assert checked(validator, *[message] * 100).refused == 0
    assert checked(validator, *[message] * 101).refused == 22
