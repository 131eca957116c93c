"""The transitions of upkeep: due times, lapsed leases, archiving page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire.states import Priority
from bulkwire.store.call import Call, Reply, command, text, transition
from bulkwire.store.keys import UPKEEP_SEEN, Keys

__all__ = [
    "Archived",
    "Due",
    "Extent",
    "Reaped",
    "archive_page",
    "move_due",
    "read_extent",
    "read_rolls",
    "reap",
    "say_upkeep_runs",
    "upkeep_runs",
]

PAGE: Final = 200
"""Ids a page of a roll; the same number stands in `enqueue.lua`."""
UPKEEP_SEEN_MS: Final = 3_000
ALONE_AFTER_LAPSES: Final = 3
DEAD_AFTER_LAPSES: Final = 5


def say_upkeep_runs() -> Call[None]:
    """Says that some worker does the chores, so that dispatch need not."""
    return command("SET", UPKEEP_SEEN, "1", "PX", UPKEEP_SEEN_MS, read=lambda _: None)


def upkeep_runs() -> Call[bool]:
    """Whether some worker has done the chores within the last seconds."""
    return command("EXISTS", UPKEEP_SEEN, read=bool)


@dataclass(frozen=True, slots=True)
class Due:
    """What `move_due` did."""

    moved: int
    more: bool
    next_in_ms: int | None


def move_due(keys: Keys, *, order: Sequence[Priority] = tuple(Priority)) -> Call[Due]:
    """Makes up to 250 due messages ready."""

    def read(answer: Reply) -> Due:
        moved, more, wait = answer
        return Due(moved, more == 1, None if wait < 0 else wait)

    return transition("due", keys, ",".join(order), read=read)


@dataclass(frozen=True, slots=True)
class Reaped:
    """What `reap` did."""

    in_doubt: int
    put_back: int
    more: bool
    next_in_ms: int | None


def reap(keys: Keys, *, lease_ms: int = 15_000) -> Call[Reaped]:
    """Takes back what up to two lapsed leases held.

    After an outage in which nobody could renew them, leases get a fresh term of `lease_ms` first.
    """

    def read(answer: Reply) -> Reaped:
        in_doubt, put_back, more, wait = answer
        return Reaped(in_doubt, put_back, more == 1, None if wait < 0 else wait)

    return transition("reap", keys, ALONE_AFTER_LAPSES, DEAD_AFTER_LAPSES, lease_ms, read=read)


def read_rolls(keys: Keys) -> Call[list[str]]:
    """The rolls of the account, the oldest first: one per campaign, one per hour for the rest."""
    return command(
        "ZRANGE", keys.single("rolls"), 0, -1, read=lambda answer: [text(roll) for roll in answer]
    )


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is of a roll."""

    pages: range
    gone: int
    """Ids of pages in front of those: all archived."""


def read_extent(keys: Keys, roll: str) -> Call[Extent]:
    """Which pages a roll has."""

    def read(answer: Reply) -> Extent:
        length, first, gone = (int(number or 0) for number in answer)
        return Extent(range(first, -(-length // PAGE)), first * PAGE + gone)

    return command("HMGET", keys.family("roll_pages", roll), "length", "first", "gone", read=read)


@dataclass(frozen=True, slots=True)
class Archived:
    """What archiving one page did."""

    archived: int
    left: int


def archive_page(
    keys: Keys, roll: str, page: int, *, retention_ms: int, dead_retention_ms: int
) -> Call[Archived]:
    """Archives what one page of a roll holds and what has been final for long enough.

    A page of which all was archived goes itself.
    """
    return transition(
        "archive",
        keys,
        roll,
        page,
        retention_ms,
        dead_retention_ms,
        read=lambda answer: Archived(*answer),
    )
