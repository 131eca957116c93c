"""What this process knows about its batches: what departed, and what became of it.

Kept for a while after it was written down, because a server that comes back may have forgotten it.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bulkwire.outcomes import Outcome, Unsent
from bulkwire.store.keys import Keys
from bulkwire.store.recovering import Taken
from bulkwire.store.sending import Batch

__all__ = ["Recollection", "Statement"]

REMEMBERED_S: Final = 30.0
"""A server loses the last second or two; a replica that took over may have lagged by more."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is known about one batch."""

    keys: Keys
    taken: Taken
    departed: int | None = None
    """The attempt that may have left."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict, repr=False)
    ended_at: float | None = None
    """When the last of it was written down (monotonic seconds); None: not yet."""

    @property
    def sent(self) -> list[str]:
        """Ids of what may have left. What surely was not sent may as well wait in the queue."""
        open_ids = [one for one in self.taken.turns if one not in self.outcomes]
        told = [one for one, outcome in self.outcomes.items() if not isinstance(outcome, Unsent)]
        return told + open_ids if self.departed is not None else told


class Recollection:
    """The statements of one process. Its event loop writes, a thread of its own reads."""

    def __init__(self, *, remembered_s: float = REMEMBERED_S) -> None:
        self._remembered_s = remembered_s
        self._statements: dict[str, Statement] = {}
        self._lock = threading.Lock()

    def departs(self, keys: Keys, batch: Batch, attempt: int) -> None:
        """Attempt `attempt` of the batch leaves now."""
        with self._lock:
            known = self._known(keys, batch)
            self._statements[batch.id] = replace(known, departed=attempt)

    def did_not_leave(self, batch: Batch) -> None:
        """The last attempt surely did not leave."""
        with self._lock:
            if known := self._statements.get(batch.id):
                self._statements[batch.id] = replace(known, departed=None)

    def learns(self, keys: Keys, batch: Batch, outcomes: Mapping[str, Outcome]) -> None:
        """What became of some of its messages, before it is written down."""
        with self._lock:
            known = self._known(keys, batch)
            both = {**known.outcomes, **outcomes}
            self._statements[batch.id] = replace(known, outcomes=both)

    def ends(self, batch: Batch) -> None:
        """The last word about the batch has been written: from now on it may be forgotten."""
        with self._lock:
            if known := self._statements.get(batch.id):
                self._statements[batch.id] = replace(known, ended_at=time.monotonic())

    def of(self, keys: Keys) -> list[Statement]:
        """What there is to say about one account's batches, the newest first."""
        with self._lock:
            mine = [one for one in self._statements.values() if one.keys == keys and one.sent]
        # The last second is what can have been forgotten.
        return mine[::-1]

    def latest(self, statement: Statement) -> Statement:
        """The same statement with all that was learnt since."""
        with self._lock:
            return self._statements.get(statement.taken.batch, statement)

    def forget_old(self) -> None:
        """Drops what ended long enough ago."""
        oldest = time.monotonic() - self._remembered_s
        with self._lock:
            self._statements = {
                batch: one
                for batch, one in self._statements.items()
                if one.ended_at is None or one.ended_at > oldest
            }

    def _known(self, keys: Keys, batch: Batch) -> Statement:
        return self._statements.get(batch.id) or Statement(keys, Taken.of(batch))
