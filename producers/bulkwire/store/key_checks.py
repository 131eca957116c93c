"""What the audit asks of keys besides records: their types, and which counts and holds are junk."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import Keys
from bulkwire.store.record import raw_pairs
from bulkwire.store.steering import hold_of

__all__ = ["TYPES", "Counted", "read_counted", "read_type", "read_unreadable_holds"]

TYPES: Final[Mapping[str, str]] = {
    "batch": "hash",
    "campaign": "hash",
    "campaigns": "set",
    "counts": "hash",
    "dead": "zset",
    "due": "zset",
    "health": "hash",
    "holds": "hash",
    "in_doubt": "zset",
    "leases": "zset",
    "message": "hash",
    "operator_log": "stream",
    "poll": "zset",
    "rate": "hash",
    "ready": "list",
    "redrives": "hash",
    "roll": "list",
    "roll_pages": "hash",
    "rolls": "zset",
    "served": "hash",
    "server": "hash",
    "suppressed": "set",
    "turns": "zset",
    "witnesses": "hash",
}
"""The type of each key and each family of keys, as Redis's TYPE calls it."""
_COUNT: Final = "count:"
_WHOLE: Final = re.compile(rb"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts as they are kept."""

    numbers: Mapping[str, int]
    """Messages per state, and `total`."""
    unreadable: tuple[str, ...] = ()
    """The counts that are no whole number."""


def read_counted(keys: Keys, campaign: str = "") -> Call[Counted]:
    """The counts of a campaign or (`""`) of the account; none for an unknown campaign."""
    prefix = _COUNT if campaign else ""

    def read(answer: Reply) -> Counted:
        numbers: dict[str, int] = {}
        unreadable = []
        for field, value in raw_pairs(answer):
            name = _lossy(field)
            if name.startswith(prefix):
                if _WHOLE.fullmatch(value):
                    numbers[name.removeprefix(prefix)] = int(value)
                else:
                    unreadable.append(name.removeprefix(prefix))
        return Counted(numbers, tuple(sorted(unreadable)))

    return command(
        "HGETALL", keys.campaign(campaign) if campaign else keys.single("counts"), read=read
    )


def read_type(keys: Keys, name: str) -> Call[str | None]:
    """The type of a key that is not its own, None where it is: `poll`, `due:normal`."""
    wanted = TYPES[name.partition(":")[0]]

    def read(answer: Reply) -> str | None:
        found = text(answer)
        return None if found in {"none", wanted} else found

    return command("TYPE", keys.prefix + name, read=read)


def read_unreadable_holds(keys: Keys) -> Call[list[str]]:
    """The fields of `holds` that nobody can read: as long as one stands, nothing is claimed."""

    def read(answer: Reply) -> list[str]:
        return sorted(_lossy(f) for f, value in raw_pairs(answer) if not _is_hold(_lossy(f), value))

    return command("HGETALL", keys.single("holds"), read=read)


def _is_hold(field: str, value: bytes) -> bool:
    try:
        known: Any = json.loads(value)
        hold_of(field, known)
    except (AttributeError, LookupError, TypeError, ValueError):
        return False
    times = ("since", "probe_at", "ends_at", "streak")
    return all(isinstance(known.get(name, 0), int | float) for name in times)


def _lossy(name: bytes) -> str:
    return name.decode("utf-8", "replace")
