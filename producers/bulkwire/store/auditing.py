"""What the audit and exports read: pages of rolls, ready lists, where one message stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bulkwire.states import State
from bulkwire.store.call import Call, Reply, command, text, transition
from bulkwire.store.keys import Keys

__all__ = [
    "PageChecked",
    "ReadyList",
    "check_page",
    "find_in_roll",
    "read_entries",
    "read_page_ids",
    "read_place",
    "read_ready_part",
    "read_size",
    "scan_batches",
    "scan_records",
]


@dataclass(frozen=True, slots=True)
class ReadyList:
    """Which of the lists of ids that are ready to be sent."""

    priority: str
    channel: str
    campaign: str
    """Empty for messages without one."""

    @property
    def name(self) -> str:
        """As its key ends: `normal:sms:spring`."""
        return f"{self.priority}:{self.channel}:{self.campaign}"

    def key(self, keys: Keys) -> str:
        """Its key."""
        return keys.family("ready", self.priority, self.channel, self.campaign)


@dataclass(frozen=True, slots=True)
class PageChecked:
    """One page of a roll at one moment."""

    ids: int
    archived: int
    """Ids that were archived: at the most those without a record."""
    states: dict[State, int]
    wrong: tuple[tuple[str, str], ...]
    """Ids and what is wrong with each."""
    queued: Mapping[str, Sequence[str]]
    """Ids that are queued, by the name of the ready list that they belong into."""
    overstated: int = 0
    """How many more it says were archived than are without a record."""
    lost: tuple[str, ...] = ()
    """Ids without a record, where fewer of the page were archived; they are `wrong`, too."""


def check_page(keys: Keys, roll: str, page: int) -> Call[PageChecked]:
    """Checks one page: every id in exactly one state, and in its index.

    `states` leaves out records whose state there is not; like all broken ones they are `wrong`.
    """

    def read(answer: Reply) -> PageChecked:
        ids, archived, states, wrong, queued, overstated, lost = answer
        return PageChecked(
            ids,
            archived,
            {State(text(state)): n for state, n in zip(states[::2], states[1::2], strict=True)},
            tuple((text(i), text(what)) for i, what in zip(wrong[::2], wrong[1::2], strict=True)),
            {
                text(name): list(map(text, mine))
                for name, mine in zip(queued[::2], queued[1::2], strict=True)
            },
            overstated,
            tuple(map(text, lost)),
        )

    return transition("audit_page", keys, roll, page, read=read)


def read_page_ids(keys: Keys, roll: str, page: int) -> Call[list[str]]:
    """The ids that one page of a roll names, in the order they were taken in."""
    return command("LRANGE", keys.family("roll", roll, str(page)), 0, -1, read=_ids)


def read_ready_part(keys: Keys, ready: ReadyList, *, skip: int, count: int) -> Call[list[str]]:
    """Up to `count` ids of a ready list, from the back, after `skip` of them.

    From the back, because claims take from the front: what stays in the list is never passed over.
    """
    return command("LRANGE", ready.key(keys), -skip - count, -skip - 1, read=_ids)


def read_size(keys: Keys, index: str) -> Call[int]:
    """How many entries `poll`, `dead`, `in_doubt`, `leases` or `due:<priority>` has."""
    return command("ZCARD", _index(keys, index), read=int)


def read_entries(keys: Keys, index: str, *, skip: int, count: int) -> Call[list[str]]:
    """Up to `count` entries of one of those, the last first, after `skip` of them."""
    return command("ZREVRANGE", _index(keys, index), skip, skip + count - 1, read=_ids)


def _index(keys: Keys, index: str) -> str:
    name, *parts = index.split(":")
    return keys.family(name, *parts) if parts else keys.single(name)


def scan_records(keys: Keys, cursor: int, *, count: int) -> Call[tuple[int, list[str]]]:
    """Ids of some records, in no order, and the cursor for the next ones; 0 when all were seen."""
    return _scan(keys.message(""), cursor, count)


def scan_batches(keys: Keys, cursor: int, *, count: int) -> Call[tuple[int, list[str]]]:
    """The same of batches."""
    return _scan(keys.family("batch", ""), cursor, count)


def _scan(start: str, cursor: int, count: int) -> Call[tuple[int, list[str]]]:
    def read(answer: Reply) -> tuple[int, list[str]]:
        following, names = answer
        return int(following), [text(name).removeprefix(start) for name in names]

    return command("SCAN", cursor, "MATCH", f"{start}*", "COUNT", count, read=read)


def read_place(keys: Keys, message_id: str) -> Call[tuple[str, int] | None]:
    """The roll and the page that a record says it stands in; None where it says none."""

    def read(answer: Reply) -> tuple[str, int] | None:
        roll, slash, page = text(answer).rpartition("/")
        return (roll, int(page)) if slash and page.isdecimal() else None

    return command("HGET", keys.message(message_id), "page", read=read)


def find_in_roll(keys: Keys, roll: str, page: int, message_id: str) -> Call[bool]:
    """Whether the page names the id."""
    key = keys.family("roll", roll, str(page))
    return command("LPOS", key, message_id, read=lambda answer: answer is not None)


def _ids(answer: Reply) -> list[str]:
    return [text(message_id) for message_id in answer]
