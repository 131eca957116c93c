"""A message's record as Python sees it, and what else is read without changing anything."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bulkwire.states import Category, Channel, OnDoubt, Priority, State
from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import ACCOUNTS, Keys

__all__ = [
    "Event",
    "StoredMessage",
    "read_accounts",
    "read_campaign_counts",
    "read_campaigns",
    "read_counts",
    "read_message",
]

_APART: Final = frozenset({"late_answer", "late_status", "discarded"})
"""Events that move nothing, and need not be about the last request."""
_BACK: Final = frozenset({State.QUEUED, State.SCHEDULED, State.CANCELLED})
"""Where a message goes straight from `sending` as what its request came to; else by a decision."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a message's history."""

    at: datetime
    word: str
    """The state it entered, or `late_answer`, `late_status`, `discarded`."""
    reason: str
    batch: str | None = None
    """The batch whose request this is about, as workers' log lines name it: its first 8 digits."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """Everything the store knows about one message."""

    id: str
    account: str
    state: State
    recipient: str = field(repr=False)
    channel: Channel
    priority: Priority
    campaign: str | None
    content: str | None = field(repr=False)
    """The text; None once the message has been delivered, when its payload is dropped."""
    attempts: int
    api_id: str | None
    """The provider's `apiMessageId` of the last attempt that was accepted."""
    status: str | None
    """The provider's last word on it."""
    code: int | None
    """The provider's `error.code`, where it refused the message."""
    reason: str | None
    category: Category | None
    on_doubt: OnDoubt
    turn: int
    batch: str | None
    request: int | None
    """Which request of the batch left it in doubt, from 1: retries and halves are requests, too."""
    enqueued_at: datetime
    changed_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    history: tuple[Event, ...]
    ignore_suppression: bool = False
    """It is sent even to who opted out."""
    discarded: bool = False
    """An operator gave it up: dead for good, and not listed."""


def read_message(keys: Keys, message_id: str) -> Call[StoredMessage | None]:
    """One message; None where there is no record of it."""

    def read(answer: Reply) -> StoredMessage | None:
        fields = pairs(answer)
        return stored_message(keys.account, message_id, fields) if fields else None

    return command("HGETALL", keys.message(message_id), read=read)


def raw_pairs(answer: Reply) -> list[tuple[bytes, bytes]]:
    """A hash's fields; RESP3 answers a map, RESP2 a flat list."""
    if isinstance(answer, Mapping):
        return list(answer.items())
    return list(zip(answer[::2], answer[1::2], strict=True))


def pairs(answer: Reply) -> dict[str, str]:
    """A hash's fields as text."""
    return {text(name): text(value) for name, value in raw_pairs(answer)}


def stored_message(account: str, message_id: str, fields: Mapping[str, str]) -> StoredMessage:
    """A record's fields, typed."""
    payload = fields.get("payload")
    code = fields.get("code")
    return StoredMessage(
        id=message_id,
        account=account,
        state=State(fields["state"]),
        recipient=fields["recipient"],
        channel=Channel(fields["channel"]),
        priority=Priority(fields["priority"]),
        campaign=fields.get("campaign"),
        content=json.loads(payload).get("content") if payload else None,
        attempts=int(fields.get("attempts", 0)),
        api_id=fields.get("api_id"),
        status=fields.get("status") or None,
        code=int(code) if code else None,
        reason=fields.get("reason") or None,
        category=Category(fields["category"]) if fields.get("category") else None,
        on_doubt=OnDoubt(fields.get("on_doubt", OnDoubt.HOLD)),
        turn=int(fields.get("turn", 0)),
        batch=fields.get("batch"),
        request=int(fields["request"]) if fields.get("request") else None,
        enqueued_at=_time(fields["enqueued_at"]),
        changed_at=_time(fields["changed_at"]),
        due_at=_time(fields["due_at"]) if "due_at" in fields else None,
        expires_at=_time(fields["expires_at"]) if "expires_at" in fields else None,
        history=_history(fields.get("history", "")),
        ignore_suppression=fields.get("ignore_suppression") == "1",
        discarded=fields.get("discarded") == "1",
    )


def _time(ms: str) -> datetime:
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


def _history(lines: str) -> tuple[Event, ...]:
    events: list[Event] = []
    batch: str | None = None
    for line in lines.split("\n") if lines else ():
        ms, word, reason = line.split(" ", 2)
        if word == State.SENDING:
            batch, reason = reason.removeprefix("batch "), ""
        decided = word in _BACK and events and events[-1].word != State.SENDING
        told = None if decided or word in _APART else batch
        events.append(Event(_time(ms), word, reason, told))
        batch = None if word in _BACK else batch
    return tuple(events)


def read_counts(keys: Keys) -> Call[dict[str, int]]:
    """Messages of the account per state, and `total`."""
    return command(
        "HGETALL",
        keys.single("counts"),
        read=lambda answer: {name: int(n) for name, n in pairs(answer).items()},
    )


def read_campaign_counts(keys: Keys, campaign: str) -> Call[dict[str, int]]:
    """Messages of a campaign per state, and `total`; empty for an unknown campaign."""

    def read(answer: Reply) -> dict[str, int]:
        fields = pairs(answer).items()
        prefix = "count:"
        return {name.removeprefix(prefix): int(n) for name, n in fields if name.startswith(prefix)}

    return command("HGETALL", keys.campaign(campaign), read=read)


def read_campaigns(keys: Keys) -> Call[list[str]]:
    """The names of the account's campaigns, sorted."""
    return command(
        "SMEMBERS", keys.single("campaigns"), read=lambda answer: sorted(map(text, answer))
    )


def read_accounts() -> Call[list[str]]:
    """Every account that ever enqueued, sorted."""
    return command("SMEMBERS", ACCOUNTS, read=lambda answer: sorted(map(text, answer)))
