"""A claimed batch under way, and the part of it that goes in one request."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bulkwire.outcomes import Unsent
from bulkwire.store.sending import Batch, Claimed
from bulkwire.store.steering import RanInto
from bulkwire_workers.decisions.values import Decision
from bulkwire_workers.provider_lines import Line

__all__ = ["Journey", "Part"]


@dataclass(slots=True)
class Journey:
    """A batch and the number of requests made for it, across retries and halves."""

    batch: Batch
    line: Line
    attempt: int = 0
    claimed_at: float = field(default_factory=time.monotonic)
    departed_at: float = field(default_factory=time.monotonic)
    """By the clock of this process, when the last attempt was told that it may leave, or a little
    before."""

    @property
    def request(self) -> RanInto:
        """The last request made for it, for a hold to name."""
        return RanInto(self.batch.id, self.attempt)

    @property
    def age_ms(self) -> int:
        """Milliseconds since it was claimed."""
        return round((time.monotonic() - self.claimed_at) * 1000)


@dataclass(slots=True)
class Part:
    """What goes in one request, the whole batch or a part of it, and how often that was tried."""

    messages: Sequence[Claimed]
    tries: int = 0

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    def has_stale(self, age_ms: int) -> bool:
        """The validity of one of them is over, so long after the claim."""
        left = (message.validity_left_ms for message in self.messages)
        return any(left_ms is not None and left_ms <= age_ms for left_ms in left)

    def kept_back(self, why: str) -> Decision:
        """None of them left, and none of them is to blame."""
        outcome = Unsent(why, counts_attempt=False)
        return Decision(dict.fromkeys(self.ids, outcome))
