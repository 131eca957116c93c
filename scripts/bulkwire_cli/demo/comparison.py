"""Our records against the provider's ledger: what recipients really got. Pure."""

from collections import Counter
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the two say about each other."""

    recipients: int
    """Ours."""
    reached: int
    """Recipients whose message arrived, or will, whatever we know of it."""
    in_doubt: int
    in_doubt_taken: int
    """Messages in doubt that the provider had taken."""
    disagreements: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Nobody got two, and nobody is missing."""
        return not self.disagreements


@dataclass(slots=True)
class _Entry:
    """What the ledger says about one recipient."""

    api_ids: list[str] = field(default_factory=list)
    arrived: int = 0


def compare(
    ours: Iterable[StoredMessage], ledger: Iterable[AcceptedMessage], *, expected: int
) -> Comparison:
    """Holds the records of a campaign that has settled, one message a recipient, to the ledger."""
    entries: dict[str, _Entry] = {}
    for line in ledger:
        entry = entries.setdefault(line.to, _Entry())
        entry.api_ids.append(line.apiMessageId)
        entry.arrived += not fails(line.final)
    tally: Counter[str] = Counter(reached=sum(entry.arrived > 0 for entry in entries.values()))
    disagreements: list[str] = []
    for message in ours:
        entry = entries.pop(message.recipient, _Entry())
        disagreements += (f"{message.id}: {what}" for what in _faults(message, entry))
        tally["ours"] += 1
        if message.state is State.IN_DOUBT:
            tally["in doubt"] += 1
            tally["in doubt, taken"] += bool(entry.api_ids)
    if entries:
        disagreements.append(f"{len(entries):,} recipients in the ledger are none of ours")
    if tally["ours"] != expected:
        disagreements.append(
            f"{expected:,} messages were imported, {tally['ours']:,} have a record"
        )
    return Comparison(
        recipients=tally["ours"],
        reached=tally["reached"],
        in_doubt=tally["in doubt"],
        in_doubt_taken=tally["in doubt, taken"],
        disagreements=tuple(disagreements),
    )


def _faults(message: StoredMessage, entry: _Entry) -> Iterator[str]:
    if message.state in TAKEN and message.api_id not in entry.api_ids:
        yield f"called {message.state}, and the provider never took it"
    if message.state in ARRIVED and not entry.arrived:
        yield f"called {message.state}, and nobody received it"
    if entry.arrived > 1 and not _resent_by_decision(message):
        yield f"received {entry.arrived} times"
    if entry.api_ids and not message.api_id and not _was_in_doubt(message):
        yield f"the provider took it, and we know nothing of that ({message.state})"


def _was_in_doubt(message: StoredMessage) -> bool:
    return any(event.word == State.IN_DOUBT for event in message.history)


def _resent_by_decision(message: StoredMessage) -> bool:
    words = [event.word for event in message.history]
    return State.IN_DOUBT in words and State.QUEUED in words[words.index(State.IN_DOUBT) :]
