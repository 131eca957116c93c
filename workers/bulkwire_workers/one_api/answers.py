"""What the provider answered, as values. Pure, tolerant and total: any bytes become an answer.

Descriptions and numbers are foreign text: they stay out of every repr.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import orjson

__all__ = [
    "ApiError",
    "Balance",
    "ChannelStatus",
    "MessageResult",
    "SendAnswer",
    "StatusAnswer",
    "read_balance",
    "read_send",
    "read_status",
]

MAX_ID: Final = 256
MAX_CODE: Final = 2**31 - 1  # the contract's int32
MAX_TIMESTAMP: Final = 2**53


@dataclass(frozen=True, slots=True)
class ApiError:
    """The contract's `error`: of one message, or of the whole response."""

    code: int | None = None
    """None: there was an error, but no code that could be read."""
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MessageResult:
    """One entry of `messages`. None stands for what was missing or of another type."""

    api_id: str | None = None
    accepted: bool | None = None
    to: str | None = field(default=None, repr=False)
    """Digits only: the provider may add a plus sign."""
    client_id: str | None = None
    error: ApiError | None = None

    @property
    def code(self) -> int | None:
        return self.error.code if self.error else None

    @property
    def description(self) -> str | None:
        return self.error.description if self.error else None


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """The answer to `POST /v1/message`."""

    http_status: int
    results: tuple[MessageResult, ...] = ()
    error: ApiError | None = None
    """The error of the whole response: everything was rejected."""
    retry_after_s: float | None = None
    fault: str | None = None
    """Why the body can't be read: empty, not_json, not_an_object, too_large, or a read error."""
    incomplete: bool = False
    """The status came, but not the whole body: what it would have said is unknown."""

    @property
    def readable(self) -> bool:
        return self.fault is None

    @property
    def global_code(self) -> int | None:
        return self.error.code if self.error else None


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """One channel's entry in the status answer; `timestamp_ms` is its last change."""

    channel: str
    status: str
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """The answer to `GET /v1/message/{omniMessageId}`."""

    http_status: int
    channels: tuple[ChannelStatus, ...] = ()
    error: ApiError | None = None
    retry_after_s: float | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """The answer to `GET /v1/balance`; `amount` is None where it could not be read."""

    http_status: int
    amount: Decimal | None = None
    currency: str | None = None
    error: ApiError | None = None
    retry_after_s: float | None = None
    fault: str | None = None


def read_send(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> SendAnswer:
    """Read a send answer. `fault` says that the body could not be received whole."""
    document, unreadable = _document(body, fault)
    entries = document.get("messages")
    return SendAnswer(
        http_status=http_status,
        results=tuple(_results(entries)) if isinstance(entries, list) else (),
        error=_error(document),
        retry_after_s=retry_after_s,
        fault=unreadable,
        incomplete=fault is not None,
    )


def read_status(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> StatusAnswer:
    """Read a status answer: one entry per key that holds an object with a `status` string."""
    document, unreadable = _document(body, fault)
    return StatusAnswer(
        http_status=http_status,
        channels=tuple(_channels(document)),
        error=_error(document),
        retry_after_s=retry_after_s,
        fault=unreadable,
    )


def read_balance(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> Balance:
    """Read a balance, given as a number or as a numeric string."""
    document, unreadable = _document(body, fault)
    return Balance(
        http_status=http_status,
        amount=_amount(document.get("balance")),
        currency=_text(document.get("currency")),
        error=_error(document),
        retry_after_s=retry_after_s,
        fault=unreadable,
    )


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


def _results(entries: list[object]) -> Iterable[MessageResult]:
    for entry in entries:
        if isinstance(entry, dict):
            accepted = entry.get("accepted")
            result = MessageResult(
                api_id=_text(entry.get("apiMessageId")),
                accepted=accepted if isinstance(accepted, bool) else None,
                to=_digits(entry.get("to")),
                client_id=_text(entry.get("clientMessageId")),
                error=_error(entry),
            )
            if result != MessageResult():
                yield result


def _channels(document: Mapping[str, object]) -> Iterable[ChannelStatus]:
    for channel, entry in document.items():
        if isinstance(entry, dict) and (status := _text(entry.get("status"))):
            timestamp = _whole(entry.get("timestamp"), MAX_TIMESTAMP)
            yield ChannelStatus(channel.strip().lower(), status, timestamp)


def _error(holder: Mapping[str, object]) -> ApiError | None:
    error = holder.get("error")
    if error in (None, {}, [], "", False):
        return None
    if not isinstance(error, dict):
        return ApiError()
    description = error.get("description")
    return ApiError(
        code=_whole(error.get("code"), MAX_CODE),
        description=description if isinstance(description, str) else None,
    )


def _text(value: object) -> str | None:
    """An id or a word: a string of sane length, or the number that someone made of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if 0 < len(text) <= MAX_ID and text.isprintable() else None


def _digits(value: object) -> str | None:
    text = _text(value)
    digits = "".join(char for char in text or "" if char in "0123456789")
    return digits.lstrip("0") or None


def _whole(value: object, largest: int) -> int | None:
    """A whole number from 0 to `largest`, also where it comes as 43.0 or "43"."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 16:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= largest else None


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return amount if amount.is_finite() else None
