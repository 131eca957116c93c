"""What the audit and exports read: pages of rolls, ready lists, where one message stands."""

from dataclasses import dataclass

from bulkwire.states import State
from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import Keys

__all__ = [
    "ReadyList",
    "Standing",
    "find_in_ready",
    "find_in_roll",
    "read_page_ids",
    "read_place",
    "read_ready_part",
    "read_standing",
    "scan_records",
]


@dataclass(frozen=True, slots=True)
class ReadyList:
    """Which of the lists of ids that are ready to be sent."""

    priority: str
    channel: str
    campaign: str
    """Empty for messages without one."""

    def key(self, keys: Keys) -> str:
        """Its key."""
        return keys.family("ready", self.priority, self.channel, self.campaign)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a message is, in as many words as the audit needs."""

    state: State
    turn: int
    """Raised each time it is queued: the same turn twice means that it stayed."""
    ready: ReadyList
    """The list that it stands in while it is queued."""


def read_page_ids(keys: Keys, roll: str, page: int) -> Call[list[str]]:
    """The ids that one page of a roll names, in the order they were taken in."""
    return command("LRANGE", keys.family("roll", roll, str(page)), 0, -1, read=_ids)


def read_ready_part(keys: Keys, ready: ReadyList, *, skip: int, count: int) -> Call[list[str]]:
    """Up to `count` ids of a ready list, from the back, after `skip` of them.

    From the back, because claims take from the front: what stays in the list is never passed over.
    """
    return command("LRANGE", ready.key(keys), -skip - count, -skip - 1, read=_ids)


def find_in_ready(keys: Keys, ready: ReadyList, message_id: str) -> Call[bool]:
    """Whether the list names the id."""
    return command("LPOS", ready.key(keys), message_id, read=lambda answer: answer is not None)


def read_standing(keys: Keys, message_id: str) -> Call[Standing | None]:
    """Where the message stands; None where it has no record."""

    def read(answer: Reply) -> Standing | None:
        state, turn, priority, channel, campaign = map(text, answer)
        if not state:
            return None
        return Standing(State(state), int(turn or 0), ReadyList(priority, channel, campaign))

    fields = ("state", "turn", "priority", "channel", "campaign")
    return command("HMGET", keys.message(message_id), *fields, read=read)


def scan_records(keys: Keys, cursor: int, *, count: int) -> Call[tuple[int, list[str]]]:
    """Ids of some records, in no order, and the cursor for the next ones; 0 when all were seen."""
    start = keys.message("")

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
