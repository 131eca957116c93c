"""Whether a request, as it left, keeps to what the contract says of its query and its headers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema_rs import Draft4Validator

__all__ = ["keeps_to_parameters"]


def keeps_to_parameters(operation: Mapping[str, Any], url: str, headers: Mapping[str, str]) -> bool:
    """`operation` is the contract's. Path and body are not looked at."""
    declared = operation.get("parameters", [])
    query = {one["name"]: one for one in declared if one["in"] == "query"}
    sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    names = [name for name, _ in sent]
    given = {name.lower() for name, value in headers.items() if value}
    needed = [one for one in declared if one.get("required")]
    return (
        len(names) == len(set(names))
        and all(name in query and _fits(value, query[name]["schema"]) for name, value in sent)
        and all(one["name"] in names for one in needed if one["in"] == "query")
        and all(one["name"].lower() in given for one in needed if one["in"] == "header")
    )


def _fits(text: str, schema: Mapping[str, Any]) -> bool:
    # Of what is written without quotes, the contract's parameters have only booleans.
    value = {"true": True, "false": False}.get(text) if schema["type"] == "boolean" else text
    return Draft4Validator(dict(schema)).is_valid(value)
