"""Where messages and the contract differ on purpose.

`TAKEN`: what the contract refuses and we take, each with what it is written as when it goes out.
`REFUSED`: what the contract allows and we refuse, as it would cost money and reach nobody.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bulkwire.errors import InvalidNumber
from bulkwire.phone import normalise

__all__ = ["REFUSED", "TAKEN", "as_it_goes_out"]

Json = Any


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _coordinates_as_text(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            name: _degrees(one) if name in {"latitude", "longitude"} else _coordinates_as_text(one)
            for name, one in value.items()
        }
    return [_coordinates_as_text(one) for one in value] if isinstance(value, list) else value


def _degrees(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        return f"{Decimal(str(value)):f}"
    except InvalidOperation:
        return value


def _number_as_digits(value: Json) -> Json:
    if not (isinstance(value, dict) and isinstance(value.get("to"), str)):
        return value
    try:
        return {**value, "to": normalise(value["to"])}
    except InvalidNumber:
        return value


TAKEN: Final[Mapping[str, Callable[[Json], Json]]] = {
    "null stands for a field that is not given": _without_nulls,
    "coordinates may be numbers, in any spelling of one": _coordinates_as_text,
    "the recipient's number may be written as people do": _number_as_digits,
}
"""Reason → a message on the wire in the form that it goes out in."""

_BUTTON: Final = {"type": "otp", "index": 1, "otp": {"code": "4711"}}

REFUSED: Final[Mapping[str, Mapping[str, Json]]] = {
    "a text that is given is not empty": {"from": " "},
    "a validity of no time, or less": {"validityPeriod": 0},
    "numbers that cannot be phone numbers": {"to": "1234567"},
    "ids that don't go into keys and addresses": {"clientMessageId": "a b"},
    "coordinates of more than 30 digits after the point": {
        "channel": "whatsapp",
        "content": None,
        "location": {"latitude": "0." + "0" * 30 + "1", "longitude": "0"},
    },
    "a message that leaves its request no room below 18 MB": {"content": "x" * 18_000_000},
    "two buttons for the same place of a template": {
        "channel": "whatsapp",
        "content": None,
        "template": {"templateName": "t", "body": {}, "templateButtons": [_BUTTON, _BUTTON]},
    },
    "a contact whose name says nothing": {
        "channel": "whatsapp",
        "content": None,
        "contacts": [{"name": {}, "phones": [{"phone": "+27821234567"}]}],
    },
    "a contact that has empty details alone beside its name": {
        "channel": "whatsapp",
        "content": None,
        "contacts": [{"name": {"first_name": "Thandi"}, "org": {}, "phones": [{}]}],
    },
    "a data key that cannot be base64": {"encryptionKey": "not base64!"},
    "a hash that cannot be a SHA-256": {
        "channel": "whatsapp",
        "content": None,
        "media": {"fileId": "f", "sha256Hash": "x"},
    },
    "a day that no calendar has": {"scheduledDeliveryTime": "2030-02-30T10:00:00Z"},
}
"""Reason → fields by which a good text message becomes one of that sort."""


def as_it_goes_out(wire: Json) -> Json:
    """The message with all that `TAKEN` allows written as the contract wants it."""
    for rewritten in TAKEN.values():
        wire = rewritten(wire)
    return wire
