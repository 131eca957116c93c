"""What upkeep and the audit do: due times, lapsed leases, archiving, checking."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire.states import Priority, State
from bulkwire.store.call import Call, Reply, text, transition
from bulkwire.store.keys import Keys

__all__ = [
    "Archived",
    "Due",
    "PageChecked",
    "Reaped",
    "archive_page",
    "check_page",
    "move_due",
    "reap",
]

ALONE_AFTER_LAPSES: Final = 3
DEAD_AFTER_LAPSES: Final = 5


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


def reap(keys: Keys) -> Call[Reaped]:
    """Takes back what up to two lapsed leases held."""

    def read(answer: Reply) -> Reaped:
        in_doubt, put_back, more, wait = answer
        return Reaped(in_doubt, put_back, more == 1, None if wait < 0 else wait)

    return transition("reap", keys, ALONE_AFTER_LAPSES, DEAD_AFTER_LAPSES, read=read)


@dataclass(frozen=True, slots=True)
class Archived:
    """What archiving one page did."""

    archived: int
    left: int


def archive_page(
    keys: Keys, roll: str, page: int, *, retention_ms: int, dead_retention_ms: int
) -> Call[Archived]:
    """Archives what one page of a roll holds and what has been final for long enough."""
    return transition(
        "archive",
        keys,
        roll,
        page,
        retention_ms,
        dead_retention_ms,
        read=lambda answer: Archived(*answer),
    )


@dataclass(frozen=True, slots=True)
class PageChecked:
    """One page of a roll at one moment."""

    ids: int
    archived: int
    states: dict[State, int]
    wrong: tuple[tuple[str, str], ...]
    """Ids and what is wrong with each."""
    queued: tuple[str, ...]


def check_page(keys: Keys, roll: str, page: int) -> Call[PageChecked]:
    """Checks one page: every id in exactly one state, and in its index."""

    def read(answer: Reply) -> PageChecked:
        ids, archived, states, wrong, queued = answer
        return PageChecked(
            ids,
            archived,
            {State(text(state)): n for state, n in zip(states[::2], states[1::2], strict=True)},
            tuple((text(i), text(what)) for i, what in zip(wrong[::2], wrong[1::2], strict=True)),
            tuple(map(text, queued)),
        )

    return transition("audit_page", keys, roll, page, read=read)
