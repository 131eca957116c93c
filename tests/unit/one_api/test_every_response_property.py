"""Every property of every answer in the contract is read into the client's typed answers.

Left out is `type` of the answers to sending and to notices: the contract calls it `writeOnly`,
which says that no answer has it.
"""

import copy
from dataclasses import replace
from importlib import resources
from typing import Any, Final

import orjson
import pytest

from bulkwire_cli import simulator
from bulkwire_workers.one_api.answers import read_balance, read_send, read_status
from bulkwire_workers.one_api.media import read_media, read_metadata, read_refused_download
from bulkwire_workers.one_api.notices import read_notification
from support.response_walk import Reader, answers_described, unread

READERS: Final[dict[str, Reader]] = {
    "sendMessages": read_send,
    "messageStatus": read_status,
    "accountMessagingBalance": read_balance,
    "sendBusinessStatusNotification": read_notification,
    "uploadFile": read_media,
    "downloadFile": read_refused_download,
    "getMetadata": read_metadata,
}


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    text = resources.files(simulator).joinpath("contract.json").read_bytes()
    document: dict[str, Any] = orjson.loads(text)
    return document


def test_every_operation_of_the_contract_has_a_reader(contract: dict[str, Any]) -> None:
    assert {operation for operation, _, _ in answers_described(contract)} == set(READERS)


def test_every_property_of_every_answer_is_read(contract: dict[str, Any]) -> None:
    assert unread(contract, READERS) == []


@pytest.mark.parametrize(
    ("schema", "places"),
    [
        ("OmniMessageListResponse", ["sendMessages 202", "sendMessages 207", "sendMessages 400"]),
        ("OmniMessageStatusEntry", ["messageStatus 200 sms", "messageStatus 200 whatsapp"]),
        ("OmniMediaUploadResponse", ["getMetadata 400", "downloadFile 400", "uploadFile 201"]),
        ("MessagingBalanceResponse", ["accountMessagingBalance 200"]),
    ],
)
def test_a_property_that_the_contract_adds_is_found_unread(
    contract: dict[str, Any], schema: str, places: list[str]
) -> None:
    newer = copy.deepcopy(contract)
    newer["components"]["schemas"][schema]["properties"]["added"] = {"type": "string"}
    found = unread(newer, READERS)
    assert all(one.endswith("added") for one in found)
    assert all(any(one.startswith(place) for one in found) for place in places)


def test_a_property_that_a_reader_leaves_out_is_found(contract: dict[str, Any]) -> None:
    def forgetful(status: int, body: bytes) -> object:
        return replace(read_metadata(status, body), broadcast_allowed=None)

    found = unread(contract, {**READERS, "getMetadata": forgetful})
    assert found == ["getMetadata 200 broadcastAllowed"]
