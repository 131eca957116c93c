"""The provider's contract, corrected where it does not mean what JSON Schema reads.

`contract.json` is the published OpenAPI document without its prose. `overlay.json` holds one
correction per line, each with its reason. A correction that finds nothing to correct is an error,
so that a new contract cannot silently outdate it.
"""

import copy
from importlib import resources
from typing import Any

import orjson
from jsonschema_rs import Draft4Validator

__all__ = ["ContractError", "apply_overlay", "corrected_contract", "validator_for"]


class ContractError(ValueError):
    """An overlay entry does not fit the contract."""


def corrected_contract() -> dict[str, Any]:
    """The contract with its overlay applied."""
    package = resources.files(__package__)
    contract: dict[str, Any] = orjson.loads(package.joinpath("contract.json").read_bytes())
    overlay: list[dict[str, Any]] = orjson.loads(package.joinpath("overlay.json").read_bytes())
    return apply_overlay(contract, overlay)


def apply_overlay(contract: dict[str, Any], overlay: list[dict[str, Any]]) -> dict[str, Any]:
    """A corrected copy. Entries: `at` (a JSON pointer), `remove` (keys), `set` (values), `reason`.

    Raises ContractError where `at` leads nowhere, a key to remove is not there, or no reason
    is given.
    """
    corrected = copy.deepcopy(contract)
    for entry in overlay:
        at = entry["at"]
        if not entry.get("reason"):
            msg = f"overlay {at}: give a reason"
            raise ContractError(msg)
        target = _find(corrected, at)
        for key in entry.get("remove", ()):
            if key not in target:
                msg = f"overlay {at}: the contract has no {key!r} here; drop it from the entry"
                raise ContractError(msg)
            del target[key]
        target.update(entry.get("set", {}))
    return corrected


def validator_for(contract: dict[str, Any], schema: str) -> Draft4Validator:
    """A compiled validator for one named schema of the contract."""
    return Draft4Validator(
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "$ref": f"#/components/schemas/{schema}",
            "components": contract["components"],
        }
    )


def _find(document: dict[str, Any], pointer: str) -> dict[str, Any]:
    target: Any = document
    for part in pointer.strip("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(target, list):
            target = {str(place): item for place, item in enumerate(target)}
        if not isinstance(target, dict) or name not in target:
            msg = f"overlay {pointer}: the contract has no such place; correct or drop the entry"
            raise ContractError(msg)
        target = target[name]
    if not isinstance(target, dict):
        msg = f"overlay {pointer}: not an object; correct or drop the entry"
        raise ContractError(msg)
    return target
