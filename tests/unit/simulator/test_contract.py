"""The contract and its overlay: every correction bites, every contract status is known."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator

from bulkwire_cli.simulator.contract import (
    ContractError,
    apply_overlay,
    corrected_contract,
    validator_for,
)
from bulkwire_cli.simulator.courses import ARRIVED, PENDING, fails
from support.simulated_api import Fields

MESSAGE = "OmniMessageRequest"


@pytest.fixture(scope="module")
def message_schema() -> Draft4Validator:
    return validator_for(corrected_contract(), MESSAGE)


def test_a_correction_that_finds_no_place_is_an_error() -> None:
    with pytest.raises(ContractError, match="no such place"):
        apply_overlay({"a": {}}, [{"at": "/a/b", "set": {"x": 1}, "reason": "why"}])


def test_a_correction_that_finds_nothing_to_remove_is_an_error() -> None:
    with pytest.raises(ContractError, match="has no 'maximum' here"):
        apply_overlay({"a": {}}, [{"at": "/a", "remove": ["maximum"], "reason": "why"}])


def test_a_correction_without_a_reason_is_an_error() -> None:
    with pytest.raises(ContractError, match="give a reason"):
        apply_overlay({"a": {}}, [{"at": "/a", "set": {"x": 1}}])


def test_the_contract_itself_is_left_as_it_is() -> None:
    contract = {"a": {"maximum": 3}}
    corrected = apply_overlay(contract, [{"at": "/a", "remove": ["maximum"], "reason": "why"}])
    assert (contract, corrected) == ({"a": {"maximum": 3}}, {"a": {}})


def test_no_string_keeps_a_numeric_limit() -> None:
    def strings(node: object) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("type") == "string":
                yield node
            for value in node.values():
                yield from strings(value)

    schemas = corrected_contract()["components"]["schemas"]
    assert not [node for node in strings(schemas) if {"maximum", "minimum"} & node.keys()]


def test_the_prose_was_left_out() -> None:
    names = {"description", "summary"}

    def prose(node: object, at: str = "") -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in names and isinstance(value, str):
                    yield at
                yield from prose(value, f"{at}/{key}")
        elif isinstance(node, list):
            for item in node:
                yield from prose(item, at)

    assert not list(prose(corrected_contract()))


@pytest.mark.parametrize(
    "fields",
    [
        {"scheduledDeliveryTime": "2030-01-31T10:00:00Z"},
        {"scheduledDeliveryTime": "2030-01-31T10:00:00+02:00"},
        {"location": {"latitude": "-90", "longitude": "179.999"}},
        {"contacts": [{"name": {"first": "A"}, "birthday": "1999-12-31"}]},
        {"actionUrl": {"body": "b", "title": "t" * 20, "url": "u"}},
    ],
)
def test_what_the_contract_means_is_valid(message_schema: Draft4Validator, fields: Fields) -> None:
    assert message_schema.is_valid({"to": "27820000001", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"scheduledDeliveryTime": "2030-01-31 10:00:00"},
        {"scheduledDeliveryTime": "2030-01-31T10:00:00"},
        {"location": {"latitude": "90.5", "longitude": "0"}},
        {"location": {"latitude": "0", "longitude": "181"}},
        {"contacts": [{"name": {"first": "A"}, "birthday": "31.12.1999"}]},
        {"actionUrl": {"body": "b", "title": "t" * 21, "url": "u"}},
        {"client_message_id": "misspelt"},
    ],
)
def test_what_the_contract_excludes_is_not(message_schema: Draft4Validator, fields: Fields) -> None:
    assert not message_schema.is_valid({"to": "27820000001", **fields})


def test_every_status_of_the_contract_is_pending_arrived_or_failed() -> None:
    entry = corrected_contract()["components"]["schemas"]["OmniMessageStatusEntry"]
    statuses = set(entry["properties"]["status"]["enum"])
    assert statuses >= PENDING | ARRIVED
    assert not [s for s in statuses - PENDING - ARRIVED if not fails(s)]
