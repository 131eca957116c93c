"""The transitions of a message that is on its way out: claim, depart, recall, settle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Channel, Priority, State
from bulkwire.store.call import Arg, Call, Reply, command, one_line, text, transition
from bulkwire.store.keys import WAKE_FLAG, Keys
from bulkwire.wire import LARGEST_REQUEST

__all__ = [
    "Batch",
    "ClaimTerms",
    "Claimed",
    "Departure",
    "Verdict",
    "Waiting",
    "claim",
    "depart",
    "lower_wake_flag",
    "recall",
    "renew",
    "settle",
]

ORDER: Final = (Priority.HIGH, Priority.NORMAL, Priority.LOW)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message of a batch."""

    id: str
    payload: bytes = field(repr=False)
    """Ready-made JSON of the API message, without `validityPeriod`."""
    recipient: str = field(repr=False)
    attempts: int
    validity_left_ms: int | None
    priority: Priority
    campaign: str
    turn: int
    """Which of its turns in the queue this is, from 1."""
    refusals: int = 0
    """Times it had to wait for what was not its fault: no attempts, but the waits grow."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages leased together, to go in one request."""

    id: str
    channel: Channel
    trial: bool
    """One message sent to see whether a hold is over."""
    messages: tuple[Claimed, ...]

    @property
    def size(self) -> int:
        """Bytes of all payloads."""
        return sum(len(message.payload) for message in self.messages)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing to send now. `again_in_ms`: when to ask again; None: nothing is ready at all."""

    again_in_ms: int | None


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """How much a claim takes and for how long."""

    lease_ms: int = 15_000
    longest_lease_ms: int = 120_000
    most_messages: int = 100
    most_bytes: int = LARGEST_REQUEST
    linger_ms: int = 50
    most_per_second: Mapping[Channel, float] = field(default_factory=dict)
    """Messages a second of all workers together, where settings limit a channel."""


def claim(
    keys: Keys, batch: str, *, terms: ClaimTerms, order: Sequence[Priority] = ORDER
) -> Call[Batch | Waiting]:
    """Leases up to a whole request of messages under the batch id `batch`."""

    def read(answer: Reply) -> Batch | Waiting:
        word = text(answer[0])
        if word != "batch":
            return Waiting({"ready": 0, "empty": None}.get(word, answer[-1]))
        messages = tuple(_claimed(row) for row in answer[3:])
        if not messages:  # run again, and by now a callback or settling ended all it had taken
            return Waiting(0)
        return Batch(batch, Channel(text(answer[1])), answer[2] == 1, messages)

    return transition(
        "claim",
        keys,
        batch,
        terms.lease_ms,
        terms.longest_lease_ms,
        terms.most_messages,
        terms.most_bytes,
        terms.linger_ms,
        ",".join(order),
        ",".join(f"{channel}={most:f}" for channel, most in terms.most_per_second.items()),
        read=read,
    )


def _claimed(row: Reply) -> Claimed:
    message_id, payload, recipient, attempts, left, priority, campaign, refusals, turn = row
    return Claimed(
        text(message_id),
        payload,
        text(recipient),
        attempts,
        None if left < 0 else left,
        Priority(text(priority)),
        text(campaign),
        turn,
        refusals,
    )


class Verdict(StrEnum):
    """Whether a request may leave."""

    GO = "go"
    LOST = "lost"  # the lease lapsed: somebody else has the messages by now
    HELD = "held"  # a hold, a paused campaign, or the rate where it is a retry
    CANCELLED = "cancelled"  # its campaign was cancelled


@dataclass(frozen=True, slots=True)
class Departure:
    """The answer to "may it leave?"; `lease_left_ms` is how long the lease still runs."""

    verdict: Verdict
    lease_left_ms: int = 0


def depart(
    keys: Keys,
    batch: str,
    attempt: int,
    *,
    lease_ms: int,
    messages: int = 1,
    part: Sequence[str] = (),
) -> Call[Departure]:
    """Writes that the request may have left, if it still may. Asked before every attempt.

    `messages`: how many the request carries, as a retry needs room in the channel's rate. `part`:
    their ids, where that is not the whole batch.
    """

    def read(answer: Reply) -> Departure:
        return Departure(Verdict(text(answer[0])), answer[1] if len(answer) > 1 else 0)

    return transition("depart", keys, batch, attempt, lease_ms, messages, ",".join(part), read=read)


def recall(keys: Keys, batch: str, attempt: int) -> Call[bool]:
    """Takes back "may have left" for an attempt that surely did not leave."""
    return transition("recall", keys, batch, attempt, read=lambda answer: answer[0] == 1)


def renew(keys: Keys, batches: Sequence[str], *, lease_ms: int) -> Call[dict[str, int]]:
    """Prolongs leases; answers the milliseconds left of each, 0 where it is lost."""
    return transition(
        "renew", keys, lease_ms, *batches, read=lambda left: dict(zip(batches, left, strict=True))
    )


def settle(
    keys: Keys, batch: str, attempt: int, outcomes: Mapping[str, Outcome], *, first_check_ms: int
) -> Call[dict[str, State | None]]:
    """Writes what became of each message of an attempt, by id; answers the states afterwards.

    What else the batch holds has not left, unless a later attempt departed. `first_check_ms` after
    an acceptance its status is asked for.
    """
    args: list[Arg] = [batch, attempt]
    for message_id, outcome in outcomes.items():
        args += [message_id, *_told(outcome, first_check_ms)]

    def read(answer: Reply) -> dict[str, State | None]:
        states = [State(text(state)) if state else None for state in answer]
        return dict(zip(outcomes, states, strict=True))

    return transition("settle", keys, *args, read=read)


def _told(outcome: Outcome, first_check_ms: int) -> tuple[Arg, ...]:
    match outcome:
        case Accepted(api_id):
            return ("accepted", "", "", "", api_id, first_check_ms, "", "")
        case Rejected():
            flag = "1" if outcome.suppress else ""
            code = _number(outcome.code)
            return ("rejected", one_line(outcome.reason), outcome.category, code, "", 0, "", flag)
        case Unsent():
            counts = "1" if outcome.counts_attempt else ""
            flag = "1" if outcome.alone else ""
            code = _number(outcome.code)
            return (
                "unsent",
                one_line(outcome.reason),
                "",
                code,
                "",
                outcome.delay_ms,
                counts,
                flag,
            )
        case Unanswered(reason):
            return ("unanswered", one_line(reason), "", "", "", 0, "", "")


def _number(code: int | None) -> str:
    return "" if code is None else str(code)


def lower_wake_flag() -> Call[None]:
    """Forgets that a wake-up is on its way: done before the first claim, so that none is lost."""
    return command("DEL", WAKE_FLAG, read=lambda _: None)
