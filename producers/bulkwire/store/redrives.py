"""Which dead letters go out again by themselves, because the hold they died of was lifted."""

import json
from dataclasses import dataclass

from bulkwire.store.call import Call, Reply, command, text, transition
from bulkwire.store.keys import Keys
from bulkwire.store.record import pairs

__all__ = ["Redrive", "end_redrive", "read_redrives"]


@dataclass(frozen=True, slots=True)
class Redrive:
    """What upkeep has to send again: what died of the hold `field` from `since` to `until`, ms."""

    field: str
    since_ms: int
    until_ms: int
    seen: str
    """As it stands in the store."""


def read_redrives(keys: Keys) -> Call[list[Redrive]]:
    """Everything that is still to be sent again."""

    def read(answer: Reply) -> list[Redrive]:
        return [_redrive(field, text(value)) for field, value in pairs(answer).items()]

    return command("HGETALL", keys.single("redrives"), read=read)


def _redrive(field: str, seen: str) -> Redrive:
    value = json.loads(seen)
    return Redrive(field, int(value["since"]), int(value["until"]), seen)


def end_redrive(keys: Keys, done: Redrive) -> Call[bool]:
    """Forgets what was done; False where the hold was placed and lifted once more meanwhile."""
    return transition(
        "redrive_done", keys, done.field, done.seen, read=lambda answer: answer[0] == 1
    )
