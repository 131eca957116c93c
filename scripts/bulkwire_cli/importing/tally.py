"""What became of the rows of an import, counted as they go."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bulkwire.message import EnqueueResult
from bulkwire.states import State
from bulkwire_cli.importing.records import Reject

__all__ = ["CONFLICT", "Tally", "kind_of"]

CONFLICT: Final = "is in the campaign already with another message, which stays as it is"
_NUMBERS: Final = re.compile(r"(?<!-)\b\d+")  # the 8 of UTF-8 is no number of a row


@dataclass(slots=True)
class Tally:
    """Counts of one import. Memory stays the same however long the file is."""

    most_listed: int = 20
    """How many rejects are kept to be shown."""
    rows: int = 0
    """Rows read, good and bad."""
    created: Counter[State] = field(default_factory=Counter)
    already_there: int = 0
    """Rows whose recipient was in the campaign: imported before, or twice in the file."""
    conflicts: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By kind of reason."""
    listed: list[Reject] = field(default_factory=list)
    """The first rejects and conflicts."""

    @property
    def taken(self) -> int:
        """Rows that are in the campaign now."""
        return self.created.total() + self.already_there

    @property
    def not_taken(self) -> int:
        """Rejects and conflicts."""
        return self.rejected.total() + self.conflicts

    def reject(self, reject: Reject) -> None:
        """Counts a row that makes no message."""
        self.rejected[kind_of(reject.reason)] += 1
        self._list(reject)

    def answer(self, line: int, result: EnqueueResult) -> Reject | None:
        """Counts what the store said about the row at `line`; a conflict comes back as a reject."""
        if result.conflict:
            self.conflicts += 1
            conflict = Reject(line, None, CONFLICT)
            self._list(conflict)
            return conflict
        if result.created:
            self.created[result.state] += 1
        else:
            self.already_there += 1
        return None

    def counts(self) -> Iterator[tuple[str, int]]:
        """Name and number of everything counted, in the order people ask for it."""
        yield "rows", self.rows
        for state in (State.QUEUED, State.SCHEDULED, State.SUPPRESSED):
            yield state.value, self.created[state]
        yield "already_there", self.already_there
        yield "conflicts", self.conflicts
        yield "rejected", self.rejected.total()

    def _list(self, reject: Reject) -> None:
        if len(self.listed) < self.most_listed:
            self.listed.append(reject)


def kind_of(reason: str) -> str:
    """The reason without what differs from row to row, so that the kinds stay few."""
    return _NUMBERS.sub("…", reason.partition(":")[0])
