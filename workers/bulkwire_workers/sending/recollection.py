"""What this process knows about its batches: what departed, and what became of it.

Kept for a while after it was written down, because a server that comes back may have forgotten it.
"""

import threading
import time
from collections.abc import Mapping, Sequence
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
    """The attempt that may be on the wire."""
    leaving: Sequence[str] = ()
    """Ids of what it carries."""
    learnt: Mapping[int, Mapping[str, Outcome]] = field(default_factory=dict, repr=False)
    """What became of the messages of each attempt before."""
    ended_at: float | None = None
    """When the last of it was written down (monotonic seconds); None: not yet."""

    @property
    def sent(self) -> list[str]:
        """Ids of what may have left. What surely was not sent may as well wait in the queue."""
        known = [said for outcomes in self.learnt.values() for said in outcomes.items()]
        told = [one for one, outcome in known if not isinstance(outcome, Unsent)]
        return [*told, *self.leaving]

    @property
    def last_attempt(self) -> int:
        """The last one that may have left; 0 for none."""
        return max([*self.learnt, self.departed or 0])


class Recollection:
    """The statements of one process. Its event loop writes, a thread of its own reads."""

    def __init__(self, *, remembered_s: float = REMEMBERED_S) -> None:
        self._remembered_s = remembered_s
        self._statements: dict[str, Statement] = {}
        self._lock = threading.Lock()

    def departs(self, keys: Keys, batch: Batch, attempt: int, ids: Sequence[str]) -> None:
        """Attempt `attempt` of the batch leaves with `ids`, if the store lets it.

        Said before the store is asked: from its answer on the request is as good as on the wire,
        and this process may be slower to read it than another server is to take over.
        """
        with self._lock:
            known = self._known(keys, batch)
            self._statements[batch.id] = replace(known, departed=attempt, leaving=ids)

    def did_not_leave(self, batch: Batch) -> None:
        """The last attempt surely did not leave."""
        with self._lock:
            if known := self._statements.get(batch.id):
                self._statements[batch.id] = replace(known, departed=None, leaving=())

    def learns(
        self, keys: Keys, batch: Batch, attempt: int, outcomes: Mapping[str, Outcome]
    ) -> None:
        """What became of the messages of an attempt, before it is written down."""
        with self._lock:
            known = self._known(keys, batch)
            both = {**known.learnt.get(attempt, {}), **outcomes}
            learnt = {**known.learnt, attempt: both}
            told = replace(known, departed=None, leaving=(), learnt=learnt)
            self._statements[batch.id] = told

    def ends(self, batch: Batch) -> None:
        """The last word about the batch has been written: from now on it may be forgotten."""
        with self._lock:
            if known := self._statements.get(batch.id):
                self._statements[batch.id] = replace(known, ended_at=time.monotonic())

    def of(self, keys: Keys) -> list[Statement]:
        """What there is to say about one account's batches, the newest first."""
        with self._lock:
            mine = [one for one in self._statements.values() if one.keys == keys]
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
