"""What the contract lets one say in notices, uploads and downloads can be said with the client.

Send requests are walked with the message models.
"""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import orjson
import pytest

from bulkwire_cli import simulator
from bulkwire_workers.one_api.downloading import Wanted
from bulkwire_workers.one_api.media import UploadTerms
from bulkwire_workers.one_api.notices import ReadNotice, notification_body
from support.contract_walk import schema_paths


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    text = resources.files(simulator).joinpath("contract.json").read_bytes()
    document: dict[str, Any] = orjson.loads(text)
    return document


def paths(document: Any, above: str = "") -> Iterator[str]:
    inner = document[0] if isinstance(document, list) else document
    if isinstance(inner, dict):
        for name, value in inner.items():
            yield f"{above}{name}"
            yield from paths(value, f"{above}{name}.")


def parameters(contract: dict[str, Any], method: str) -> set[str]:
    return {one["name"] for one in contract["paths"]["/v1/media"][method]["parameters"]}


def test_a_notice_says_all_that_the_contract_has(contract: dict[str, Any]) -> None:
    said = set(paths(orjson.loads(notification_body([ReadNotice("in-1", "mine")]))))
    assert said == schema_paths(contract, "ReplyStatusNotificationRequest")


def test_an_upload_has_all_parameters_of_the_contract(contract: dict[str, Any]) -> None:
    one = UploadTerms(
        "image/png",
        "a.png",
        to="27821234567",
        encryption_key="k",
        kms_arn="a",
        encryption_cipher="c",
    )
    all_ = UploadTerms("image/png", "a.png", broadcast_allowed=True)
    said = {*one.query("00"), *all_.query("00"), "Content-Type"}
    assert said == parameters(contract, "post")
    assert all_.query("00")["broadcastAllowed"] == "true"


def test_a_download_has_all_parameters_of_the_contract(contract: dict[str, Any]) -> None:
    said = Wanted("f1", "a hash of something else", client_encrypted=True).query()
    assert set(said) == parameters(contract, "get")
    assert said["source"] == "client"
