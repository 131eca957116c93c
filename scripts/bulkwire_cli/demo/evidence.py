"""Gathers what the report is made of, once everything is settled."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from bulkwire_cli.reconciliation.comparison import Comparison, compare
from bulkwire_cli.reconciliation.records import every_message
from bulkwire_cli.simulator.client import BatchSizes, SimulatorClient

__all__ = ["Evidence", "gather", "throughput"]

SHORTEST_MS: Final = 1_000
MOST: Final = 0.99


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the report says."""

    audit: AccountAudit
    comparison: Comparison
    dead: Counter[tuple[str, str]]
    """Dead letters by (category, reason)."""
    batches: BatchSizes
    messages_per_s: float | None
    seconds: float
    """From the first message in the queue until everything was settled."""

    @property
    def ok(self) -> bool:
        """Nothing lost, nobody texted twice."""
        return self.audit.ok and self.comparison.ok


def gather(
    store: Store, keys: Keys, simulator: SimulatorClient, *, expected: int, seconds: float
) -> Evidence:
    """Audits, and reads every record and the provider's ledger. Raises StoreError."""
    dead: Counter[tuple[str, str]] = Counter()
    ledger = list(simulator.ledger())

    def ours() -> Iterator[StoredMessage]:
        for message in every_message(store, keys):
            if message.state is State.DEAD:
                dead[message.category or "", message.reason or ""] += 1
            yield message

    return Evidence(
        audit=audit_account(store, keys),
        comparison=compare(ours(), ledger, expected=expected),
        dead=dead,
        batches=simulator.summary(statuses=False).batch_sizes,
        messages_per_s=throughput([line.accepted_at for line in ledger]),
        seconds=seconds,
    )


def throughput(accepted_at_ms: Sequence[int]) -> float | None:
    """Messages a second, until 99 % were accepted: the last ones wait for their retries.

    None for less than a second's worth, of which nothing can be told.
    """
    times = sorted(accepted_at_ms)
    most = int(len(times) * MOST)
    if most < 2 or times[most - 1] - times[0] < SHORTEST_MS:
        return None
    return most / ((times[most - 1] - times[0]) / 1000)
