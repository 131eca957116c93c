"""Our records against the provider's ledger: what recipients really got. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bulkwire.states import State
from bulkwire.store.record import StoredMessage
from bulkwire_cli.simulator.client import AcceptedMessage
from bulkwire_cli.simulator.courses import fails

__all__ = ["Comparison", "compare"]

TAKEN: Final = frozenset(
    {State.ACCEPTED, State.DELIVERED, State.READ, State.EMULATED, State.UNCONFIRMED}
)
ARRIVED: Final = frozenset({State.DELIVERED, State.READ})
RESENT: Final = "resent "
"""What the history says of a message in doubt that somebody decided to send again: `resent by …`.
A late answer that it was not sent takes it back to its queue, too, and is no such decision."""
MOVING: Final = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the two say about each other."""

    recipients: int
    """Ours."""
    reached: int
    """Recipients whose message arrived, or will, whatever we know of it."""
    in_doubt_ids: frozenset[str]
    """Messages in doubt."""
    in_doubt_taken: int
    """Messages in doubt that the provider had taken."""
    resent_ids: frozenset[str]
    """Messages that were in doubt and were then sent again by decision."""
    resent_twice: int
    """How many of those arrived twice."""
    lost: tuple[str, ...]
    """Messages without a record, without an end, or with a record that is not true; in words."""
    doubled: tuple[str, ...]
    """Messages that arrived more than once, and nobody had decided that; in words."""

    @property
    def in_doubt(self) -> int:
        """How many messages are in doubt."""
        return len(self.in_doubt_ids)

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Everything that is wrong."""
        return self.doubled + self.lost

    @property
    def ok(self) -> bool:
        """Nobody got two, and nobody is missing."""
        return not self.disagreements


@dataclass(slots=True)
class _Entry:
    """What the ledger says about one recipient."""

    api_ids: list[str] = field(default_factory=list)
    arrived_ids: set[str] = field(default_factory=set)

    @property
    def arrived(self) -> int:
        return len(self.arrived_ids)


@dataclass(slots=True)
class _Tally:
    """What is counted on the way."""

    ours: int = 0
    in_doubt: set[str] = field(default_factory=set)
    in_doubt_taken: int = 0
    resent: set[str] = field(default_factory=set)
    resent_twice: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def count(self, message: StoredMessage, entry: _Entry) -> None:
        self.ours += 1
        decisions = _decisions_to_resend(message)
        if message.state is State.IN_DOUBT:
            self.in_doubt.add(message.id)
            self.in_doubt_taken += bool(entry.api_ids)
        if decisions:
            self.resent.add(message.id)
            self.resent_twice += entry.arrived > 1
        if entry.arrived > 1 + decisions:
            self.doubled.append(f"{message.id}: received {entry.arrived} times")
        self.lost += (f"{message.id}: {what}" for what in _losses(message, entry))


def compare(
    ours: Iterable[StoredMessage], ledger: Iterable[AcceptedMessage], *, expected: int
) -> Comparison:
    """Holds the records of campaigns that have settled, one message a recipient, to the ledger."""
    entries: dict[str, _Entry] = {}
    for line in ledger:
        entry = entries.setdefault(line.to, _Entry())
        entry.api_ids.append(line.apiMessageId)
        if not fails(line.final):
            entry.arrived_ids.add(line.apiMessageId)
    reached = sum(entry.arrived > 0 for entry in entries.values())
    tally = _Tally()
    for message in ours:
        tally.count(message, entries.pop(message.recipient, _Entry()))
    if entries:
        tally.lost.append(f"{len(entries):,} recipients in the ledger are none of ours")
    if tally.ours != expected:
        tally.lost.append(f"{expected:,} messages were imported, {tally.ours:,} have a record")
    return Comparison(
        recipients=tally.ours,
        reached=reached,
        in_doubt_ids=frozenset(tally.in_doubt),
        in_doubt_taken=tally.in_doubt_taken,
        resent_ids=frozenset(tally.resent),
        resent_twice=tally.resent_twice,
        lost=tuple(tally.lost),
        doubled=tuple(tally.doubled),
    )


def _losses(message: StoredMessage, entry: _Entry) -> Iterator[str]:
    if message.state in MOVING:
        yield f"still {message.state}"
    if message.state in TAKEN and message.api_id not in entry.api_ids:
        yield f"called {message.state}, and the provider never took it"
    if message.state in ARRIVED and not entry.arrived:
        yield f"called {message.state}, and nobody received it"
    if message.state is State.DEAD and message.api_id in entry.arrived_ids:
        yield "called dead, and somebody received it"
    if entry.api_ids and not message.api_id and not _was_in_doubt(message):
        yield f"the provider took it, and we know nothing of that ({message.state})"


def _was_in_doubt(message: StoredMessage) -> bool:
    return any(event.word == State.IN_DOUBT for event in message.history)


def _decisions_to_resend(message: StoredMessage) -> int:
    return sum(
        event.word == State.QUEUED and event.reason.startswith(RESENT) for event in message.history
    )
