"""The transitions of a message that the provider took: status checks and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bulkwire.states import Category, Channel, State
from bulkwire.store.call import Arg, Call, Reply, one_line, text, transition
from bulkwire.store.keys import Keys

__all__ = ["Check", "Checks", "StatusKind", "StatusUpdate", "claim_checks", "write_status_updates"]


@dataclass(frozen=True, slots=True)
class Check:
    """A message whose status is to be asked for."""

    id: str
    api_id: str
    age_ms: int
    """Since the provider accepted it, or was to send it; below 0 before that."""
    attempts: int
    channel: Channel
    status: str
    """The provider's last word, or ""."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks that are due, whether there are more, and when the next one is."""

    due: tuple[Check, ...]
    more: bool
    next_in_ms: int | None


def claim_checks(keys: Keys, *, most: int, hold_ms: int) -> Call[Checks]:
    """Takes up to `most` due checks; for `hold_ms` nobody else gets them."""

    def read(answer: Reply) -> Checks:
        more, wait, *rows = answer
        return Checks(tuple(_check(row) for row in rows), more == 1, None if wait < 0 else wait)

    return transition("poll_claim", keys, most, hold_ms, read=read)


def _check(row: Reply) -> Check:
    message_id, api_id, age_ms, attempts, channel, status = row
    return Check(
        text(message_id), text(api_id), age_ms, attempts, Channel(text(channel)), text(status)
    )


class StatusKind(StrEnum):
    """What a status means for its message."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    EMULATED = "emulated"
    DEAD = "dead"
    RESEND = "resend"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What a status check or a callback says about one message."""

    id: str
    api_id: str
    kind: StatusKind
    status: str
    """The provider's word."""
    reason: str = ""
    category: Category | None = None
    delay_ms: int = 0
    """To the next check (pending, accepted) or the next attempt (resend)."""
    suppress: bool = False
    pause_campaign: bool = False
    """With `dead`: what else its campaign holds would fail like that."""


def write_status_updates(keys: Keys, updates: Sequence[StatusUpdate]) -> Call[list[State | None]]:
    """Writes them, at most 250 at a time; answers the states afterwards, in order."""
    args: list[Arg] = []
    for one in updates:
        args += [one.id, one.api_id, one.kind, one_line(one.status), one_line(one.reason)]
        args += [one.category or "", one.delay_ms, "1" if one.suppress else ""]
        args.append("1" if one.pause_campaign else "")

    def read(answer: Reply) -> list[State | None]:
        return [State(text(state)) if state else None for state in answer]

    return transition("status_update", keys, *args, read=read)
