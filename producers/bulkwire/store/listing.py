"""Reading the indexes `dead` and `in_doubt` page by page, and of each record only what is shown.

A payload may be a megabyte, and a page has hundreds of records: they are never read for a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Self

from bulkwire.states import Category, Channel, OnDoubt, State
from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import Keys

__all__ = [
    "IndexWalk",
    "Listed",
    "Place",
    "read_index_size",
    "read_listed",
    "read_places",
    "read_time_ms",
]

_FIELDS: Final = (
    "state",
    "turn",
    "batch",
    "request",
    "campaign",
    "channel",
    "category",
    "reason",
    "code",
    "status",
    "attempts",
    "on_doubt",
    "changed_at",
    "expires_at",
    "discarded",
    "ignore_suppression",
    "recipient",
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an id stands in its index: ordered as Redis orders them, by time and then by id."""

    at_ms: int
    id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A record without its payload and history."""

    id: str
    state: State
    turn: int
    batch: str
    request: int | None
    """Which request of the batch left it in doubt, from 1."""
    campaign: str | None
    channel: Channel
    category: Category | None
    reason: str
    code: int | None
    status: str | None
    """The provider's last word."""
    attempts: int
    on_doubt: OnDoubt
    changed_at: datetime
    expires_at: datetime | None
    discarded: bool
    ignore_suppression: bool
    recipient: str = field(repr=False)

    def is_expired(self, now_ms: int) -> bool:
        """Whether its validity is over."""
        return self.expires_at is not None and self.expires_at.timestamp() * 1000 <= now_ms


def read_places(
    keys: Keys, index: str, *, first: int | str, last: int | str, reverse: bool, count: int
) -> Call[list[Place]]:
    """Up to `count` ids of `dead` or `in_doubt` from the time `first` to `last`, in ms.

    With `reverse` the latest first: then `first` is the later one. `-inf` and `+inf` are the ends.
    """

    def read(answer: Reply) -> list[Place]:
        pairs = answer
        if answer and not isinstance(answer[0], list | tuple):  # RESP2 answers a flat list
            pairs = list(zip(answer[::2], answer[1::2], strict=True))
        return [Place(int(float(score)), text(message_id)) for message_id, score in pairs]

    order = ("REV",) if reverse else ()
    options = ("BYSCORE", *order, "LIMIT", 0, count, "WITHSCORES")
    return command("ZRANGE", keys.single(index), first, last, *options, read=read)


@dataclass(frozen=True, slots=True)
class IndexWalk:
    """The way through `dead` or `in_doubt` from the time `first` to `last`, page by page.

    It remembers a place and no count: what leaves the index meanwhile moves nothing.
    """

    index: str
    first: int | str
    last: int | str
    page: int
    reverse: bool = False
    seen: Place | None = None
    count: int = 0
    """How many ids are read next, where that is more than a page."""

    def read(self, keys: Keys) -> Call[list[Place]]:
        """The next ids, some of them seen before: `fresh` tells which are not."""
        return read_places(
            keys,
            self.index,
            first=self.first,
            last=self.last,
            reverse=self.reverse,
            count=self.count or self.page,
        )

    def fresh(self, places: Sequence[Place]) -> list[Place]:
        """Those that were not seen before."""
        seen = self.seen
        if seen is None:
            return list(places)
        return [one for one in places if (one < seen if self.reverse else one > seen)]

    def after(self, places: Sequence[Place]) -> Self | None:
        """Where to go on; None at the end."""
        count = self.count or self.page
        if len(places) < count:
            return None
        fresh = self.fresh(places)
        if not fresh:  # a whole page of one millisecond: its rest lies further on
            return replace(self, count=count * 2)
        return replace(self, first=fresh[-1].at_ms, seen=fresh[-1], count=0)


def read_index_size(keys: Keys, index: str) -> Call[int]:
    """How many ids `dead` or `in_doubt` holds."""
    return command("ZCARD", keys.single(index), read=int)


def read_listed(keys: Keys, message_id: str) -> Call[Listed | None]:
    """One record; None where there is none."""

    def read(answer: Reply) -> Listed | None:
        fields = dict(zip(_FIELDS, map(text, answer), strict=True))
        return _listed(message_id, fields) if fields["state"] else None

    return command("HMGET", keys.message(message_id), *_FIELDS, read=read)


def _listed(message_id: str, fields: dict[str, str]) -> Listed:
    category, code, expires_at = fields["category"], fields["code"], fields["expires_at"]
    return Listed(
        id=message_id,
        state=State(fields["state"]),
        turn=int(fields["turn"] or 0),
        batch=fields["batch"],
        request=int(fields["request"]) if fields["request"] else None,
        campaign=fields["campaign"] or None,
        channel=Channel(fields["channel"]),
        category=Category(category) if category else None,
        reason=fields["reason"],
        code=int(code) if code else None,
        status=fields["status"] or None,
        attempts=int(fields["attempts"] or 0),
        on_doubt=OnDoubt(fields["on_doubt"] or OnDoubt.HOLD),
        changed_at=_time(fields["changed_at"]),
        expires_at=_time(expires_at) if expires_at else None,
        discarded=fields["discarded"] == "1",
        ignore_suppression=fields["ignore_suppression"] == "1",
        recipient=fields["recipient"],
    )


def _time(ms: str) -> datetime:
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


def read_time_ms() -> Call[int]:
    """The server's clock, in ms: what records' times are told by."""
    return command("TIME", read=lambda answer: int(answer[0]) * 1000 + int(answer[1]) // 1000)
