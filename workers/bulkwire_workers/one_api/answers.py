"""What the provider answered to sending, and of statuses and balances, as values.

Pure, tolerant and total: any bytes become an answer. Descriptions and numbers are foreign text:
they stay out of every repr.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bulkwire_workers.one_api.reading import (
    MAX_TIMESTAMP,
    Answer,
    ApiError,
    read_amount,
    read_answer,
    read_digits,
    read_error,
    read_flag,
    read_text,
    read_whole,
)

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
class SendAnswer(Answer):
    """The answer to `POST /v1/message`. Where it has an `error`, everything was rejected."""

    results: tuple[MessageResult, ...] = ()
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
class StatusAnswer(Answer):
    """The answer to `GET /v1/message/{omniMessageId}`."""

    channels: tuple[ChannelStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance(Answer):
    """The answer to `GET /v1/balance`; `amount` is None where it could not be read."""

    amount: Decimal | None = None
    currency: str | None = None


def read_send(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> SendAnswer:
    """Read a send answer. `fault` says that the body could not be received whole."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    entries = document.get("messages")
    results = tuple(_results(entries)) if isinstance(entries, list) else ()
    return SendAnswer(**common, results=results, incomplete=fault is not None)


def read_status(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> StatusAnswer:
    """Read a status answer: one entry per key that holds an object with a `status` string."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    return StatusAnswer(**common, channels=tuple(_channels(document)))


def read_balance(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> Balance:
    """Read a balance, given as a number or as a numeric string."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    amount, currency = read_amount(document.get("balance")), read_text(document.get("currency"))
    return Balance(**common, amount=amount, currency=currency)


def _results(entries: list[object]) -> Iterable[MessageResult]:
    for entry in entries:
        if isinstance(entry, dict):
            result = MessageResult(
                api_id=read_text(entry.get("apiMessageId")),
                accepted=read_flag(entry.get("accepted")),
                to=read_digits(entry.get("to")),
                client_id=read_text(entry.get("clientMessageId")),
                error=read_error(entry),
            )
            if result != MessageResult():
                yield result


def _channels(document: Mapping[str, object]) -> Iterable[ChannelStatus]:
    for channel, entry in document.items():
        if isinstance(entry, dict) and (status := read_text(entry.get("status"))):
            timestamp = read_whole(entry.get("timestamp"), MAX_TIMESTAMP)
            yield ChannelStatus(channel.strip().lower(), status, timestamp)
