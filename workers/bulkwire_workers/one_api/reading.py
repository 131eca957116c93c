"""Fields of what the provider answered, read tolerantly: any value becomes one of ours or None."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypedDict

import orjson

__all__ = [
    "MAX_TIMESTAMP",
    "Answer",
    "ApiError",
    "read_amount",
    "read_answer",
    "read_digits",
    "read_error",
    "read_flag",
    "read_text",
    "read_whole",
]

MAX_ID: Final = 256
MAX_CODE: Final = 2**31 - 1  # the contract's int32
MAX_TIMESTAMP: Final = 2**53


@dataclass(frozen=True, slots=True)
class ApiError:
    """The contract's `OmniResponseError`: of one entry, or of the whole response."""

    code: int | None = None
    """None: there was an error, but no code that could be read."""
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of every answer, whatever was asked for."""

    http_status: int
    error: ApiError | None = field(default=None, kw_only=True)
    """Of the whole response."""
    retry_after_s: float | None = field(default=None, kw_only=True)
    fault: str | None = field(default=None, kw_only=True)
    """Why the body can't be read: empty, not_json, not_an_object, too_large, or a read error."""


class _Common(TypedDict):
    """The fields of `Answer`."""

    http_status: int
    error: ApiError | None
    retry_after_s: float | None
    fault: str | None


def read_answer(
    http_status: int, body: bytes, retry_after_s: float | None, fault: str | None
) -> tuple[Mapping[str, object], _Common]:
    """The object that a body holds, empty where it holds none, and what all answers have.

    `fault` says that the body could not be received whole.
    """
    document, unreadable = _document(body, fault)
    return document, {
        "http_status": http_status,
        "error": read_error(document),
        "retry_after_s": retry_after_s,
        "fault": unreadable,
    }


def _document(body: bytes, fault: str | None) -> tuple[Mapping[str, object], str | None]:
    if fault is not None:
        return {}, fault
    if not body.strip():
        return {}, "empty"
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}, "not_json"
    if not isinstance(document, dict):
        return {}, "not_an_object"
    return document, None


def read_error(holder: Mapping[str, object]) -> ApiError | None:
    """The `error` of a response or of one entry; None where there is none."""
    error = holder.get("error")
    if error in (None, {}, [], "", False):
        return None
    if not isinstance(error, dict):
        return ApiError()
    description = error.get("description")
    return ApiError(
        code=read_whole(error.get("code"), MAX_CODE),
        description=description if isinstance(description, str) else None,
    )


def read_text(value: object) -> str | None:
    """An id or a word: a string of sane length, or the number that someone made of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if 0 < len(text) <= MAX_ID and text.isprintable() else None


def read_digits(value: object) -> str | None:
    """A number's digits, without plus sign and leading zeros."""
    text = read_text(value)
    digits = "".join(char for char in text or "" if char in "0123456789")
    return digits.lstrip("0") or None


def read_whole(value: object, largest: int) -> int | None:
    """A whole number from 0 to `largest`, also where it comes as 43.0 or "43"."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 16:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= largest else None


def read_flag(value: object) -> bool | None:
    """True or False; whatever else stands there is neither."""
    return value if isinstance(value, bool) else None


def read_amount(value: object) -> Decimal | None:
    """A finite number, also where it comes as a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return amount if amount.is_finite() else None
