"""What people do: cancel, redrive, discard, decide what is in doubt, place and lift holds."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from bulkwire.states import Channel, State
from bulkwire.store.call import Arg, Call, Reply, command, text, transition
from bulkwire.store.keys import Keys
from bulkwire.store.record import raw_pairs

__all__ = [
    "Hold",
    "HoldReason",
    "RanInto",
    "Standing",
    "cancel",
    "discard",
    "hold_of",
    "keep_balance",
    "lift_hold",
    "place_hold",
    "read_holds",
    "read_standing",
    "redrive",
    "resolve",
    "try_hold",
]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a message stands: its state, and its turn, which each return to the queue raises."""

    state: State
    turn: int

    @property
    def waits(self) -> bool:
        """No worker has taken it yet."""
        return self.state in {State.QUEUED, State.SCHEDULED}


def read_standing(keys: Keys, message_id: str) -> Call[Standing | None]:
    """Where a message stands; None for an unknown id."""
    return command("HMGET", keys.message(message_id), "state", "turn", read=_standing)


def cancel(keys: Keys, message_id: str, seen: Standing) -> Call[Standing | None]:
    """Cancels a message that waits where it was seen; answers where it stands afterwards.

    One that waits elsewhere by then is left alone: to cancel it, too, ask again.
    """
    return transition("cancel", keys, message_id, seen.state, seen.turn, read=_standing)


def _standing(answer: Reply) -> Standing | None:
    if not answer or answer[0] is None:
        return None
    return Standing(State(text(answer[0])), int(answer[1] or 0))


def redrive(
    keys: Keys, letters: Sequence[tuple[str, int]], *, force: bool = False
) -> Call[dict[str, str]]:
    """Sends dead letters (id, turn) back; answers 'queued' or why not, by id. At most 250."""
    args: list[Arg] = ["1" if force else "", *_flat(letters)]
    return transition("redrive", keys, *args, read=_by_id(letters))


def discard(keys: Keys, letters: Sequence[tuple[str, int]]) -> Call[dict[str, str]]:
    """Gives dead letters (id, turn) up; answers 'discarded' or why not, by id. At most 250."""
    return transition("discard", keys, *_flat(letters), read=_by_id(letters))


def _flat(letters: Sequence[tuple[str, int]]) -> list[Arg]:
    return [word for letter in letters for word in letter]


def _by_id(letters: Sequence[tuple[str, int]]) -> Callable[[Reply], dict[str, str]]:
    ids = [message_id for message_id, _ in letters]
    return lambda answer: dict(zip(ids, map(text, answer), strict=True))


def resolve(
    keys: Keys, doubts: Sequence[tuple[str, str]], *, resend: bool
) -> Call[dict[str, State | None]]:
    """Decides messages in doubt (id, batch): sent again, or given up. At most 250."""
    args: list[Arg] = ["resend" if resend else "discard"]
    for message_id, batch in doubts:
        args += [message_id, batch]
    ids = [message_id for message_id, _ in doubts]

    def read(answer: Reply) -> dict[str, State | None]:
        states = [State(text(state)) if state else None for state in answer]
        return dict(zip(ids, states, strict=True))

    return transition("resolve", keys, *args, read=read)


class HoldReason(StrEnum):
    """Why an account, or one of its channels, sends nothing."""

    BALANCE = "balance"
    AUTH = "auth"
    REFUSED = "refused"
    RATE = "rate"
    OPERATOR = "operator"
    RECOVERING = "recovering"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that stands."""

    field: str
    """Its name: the reason, or `reason:channel`."""
    reason: HoldReason
    channel: Channel | None
    since_ms: int
    why: str
    by: str
    probe_at_ms: int | None
    """When a single message is tried; None: not before somebody or something says so."""
    streak: int
    """Trials that failed."""
    balance: float | None = None
    """`/v1/balance` when the hold was placed, where it is known."""
    key: str | None = None
    """Fingerprint of the API key that was refused."""
    breaker: str | None = None
    """What tripped the circuit breaker: `rejected` or `failed` in a row; None: something else."""
    redrive: bool = False
    """Once it is lifted, what died of it is sent again."""
    ends_at_ms: int | None = None
    """When it ends by itself, whatever happens."""


def read_holds(keys: Keys) -> Call[list[Hold]]:
    """Every hold of the account, the oldest first."""

    def read(answer: Reply) -> list[Hold]:
        holds = [hold_of(text(field), json.loads(value)) for field, value in raw_pairs(answer)]
        return sorted(holds, key=lambda hold: hold.since_ms)

    return command("HGETALL", keys.single("holds"), read=read)


def hold_of(field: str, value: dict[str, Any]) -> Hold:
    """A hold's field and its JSON, typed."""
    channel = value.get("channel")
    probe_at, ends_at = value.get("probe_at"), value.get("ends_at")
    return Hold(
        field=field,
        reason=HoldReason(value["reason"]),
        channel=Channel(channel) if channel else None,
        since_ms=int(value["since"]),
        why=value["why"],
        by=value["by"],
        probe_at_ms=None if probe_at is None else int(probe_at),
        streak=int(value["streak"]),
        balance=value.get("balance"),
        key=value.get("key"),
        breaker=value.get("breaker"),
        redrive=value.get("redrive", False),
        ends_at_ms=None if ends_at is None else int(ends_at),
    )


@dataclass(frozen=True, slots=True)
class RanInto:
    """The request that ran into what a hold is for."""

    batch: str
    attempt: int


def place_hold(
    keys: Keys,
    reason: HoldReason,
    *,
    comes_from: RanInto | int,
    why: str,
    by: str,
    channel: Channel | None = None,
    probe_in_ms: int | None = None,
    longest_probe_ms: int = 600_000,
    balance: float | None = None,
    key: str | None = None,
    redrive: bool = False,
    after: int = 1,
) -> Call[bool]:
    """Places a hold; one that stands already is left as it is. True where it is new.

    `comes_from`: the request that ran into it, or else when it was decided (`read_time_ms`). A call
    that runs after that request was settled, or after such a hold was lifted, does nothing.

    After `probe_in_ms` a single message is tried; each failed trial doubles the wait. With
    `redrive`, what dies of its cause is sent again once it is lifted. With `after`, it takes so
    many batches in a row, of which none was answered, before the hold is placed.
    """
    return transition(
        "hold_place",
        keys,
        reason,
        channel or "",
        why,
        by,
        *_origin(comes_from),
        "" if probe_in_ms is None else probe_in_ms,
        longest_probe_ms,
        "" if balance is None else balance,
        key or "",
        "1" if redrive else "",
        after,
        read=lambda answer: answer[0] == 1,
    )


def _origin(comes_from: RanInto | int) -> tuple[str, int]:
    if isinstance(comes_from, RanInto):
        return comes_from.batch, comes_from.attempt
    return "", comes_from


def keep_balance(keys: Keys, hold: Hold, balance: float) -> Call[bool]:
    """Keeps what the balance is under the hold that was seen, to see later whether it rose."""
    return transition(
        "hold_balance",
        keys,
        hold.field,
        hold.since_ms,
        balance,
        read=lambda answer: answer[0] == 1,
    )


def lift_hold(keys: Keys, hold: Hold, *, redrive: bool = False) -> Call[bool]:
    """Lifts the hold that was seen; False where another stands there by now.

    With `redrive`, what died of it is sent again, as if it had been placed so.
    """
    return _on_hold_seen(keys, hold, "redrive" if redrive else "lift")


def try_hold(keys: Keys, hold: Hold) -> Call[bool]:
    """Lets a single message try whether the hold is over."""
    return _on_hold_seen(keys, hold, "try")


def _on_hold_seen(keys: Keys, hold: Hold, do: Literal["lift", "redrive", "try"]) -> Call[bool]:
    return transition(
        "hold_lift", keys, hold.field, hold.since_ms, do, read=lambda answer: answer[0] == 1
    )
