"""What the provider decided to answer: plain data, not yet on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import orjson

from bulkwire_cli.simulator.answers import HTTP_STATUS, OK, Answer, Kind
from bulkwire_cli.simulator.ledger import Record

__all__ = ["JSON", "MEDIA", "SEND", "Reply", "error", "refusal"]

JSON: Final = "application/json"
Shape: TypeAlias = Mapping[str, object]
SEND: Final[Shape] = MappingProxyType({"messages": ()})
"""What stands beside the error where sending is refused whole."""
MEDIA: Final[Shape] = MappingProxyType({"accepted": False})
"""The same of the three operations on media."""
ERROR_ALONE: Final[Shape] = MappingProxyType({})

_MEANING: Final[dict[int, str]] = {
    1: "API key invalid or missing",
    2: "account not active",
    3: "integration not active",
    7: "address of the caller not approved",
    18: "internal error",
    19: "internal error, retry",
    20: "account balance insufficient",
    21: "payload malformed",
    22: "too many messages",
    23: "parameter invalid or missing",
    24: "size exceeded",
    25: "recipient address invalid",
    26: "recipient opted out",
    27: "recipient not on channel",
    30: "content type not supported",
    31: "media too big",
    32: "payload too big",
    33: "media not found",
    41: "no such resource",
    42: "method not supported",
    43: "rate limit exceeded",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: how it leaves (`answer`), and what it would say if it leaves readably."""

    answer: Answer = OK
    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    records: tuple[Record, ...] = ()
    """Accepted messages that the body names: answered once it has left readably."""
    messages: int = 0
    """Messages in the request."""


def error(code: int) -> dict[str, Any]:
    """The contract's error object."""
    return {"code": code, "description": _MEANING.get(code, f"error {code}")}


def refusal(answer: Answer, shape: Shape = ERROR_ALONE, *, messages: int = 0) -> Reply:
    """The whole request refused: `code_…` or `bare_…`; any other answer has nothing to say.

    `shape` is what the operation's response has beside its error.
    """
    if answer.kind is Kind.CODE:
        body = orjson.dumps({**shape, "error": error(answer.number)})
        return Reply(answer, HTTP_STATUS.get(answer.number, 400), body, messages=messages)
    status = answer.number if answer.kind is Kind.BARE else 429
    return Reply(answer, status, messages=messages)
