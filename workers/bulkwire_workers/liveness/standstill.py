"""How long a worker has stood still without excuse. Pure: seconds of one monotonic clock."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

__all__ = ["Excuse", "Standstill"]

CHILD_SHARE: Final = 0.8
"""A child that is stuck is replaced a little before its whole worker would be given up."""
RECONNECTS_WITHIN_S: Final = 32.0
"""So late at most Celery tries a broker that was away once more."""


class Excuse(StrEnum):
    """Why a worker cannot but stand still. Starting it anew would help with none of these."""

    STARTING = "starting"
    """Celery has yet to reach the broker for the first time."""
    STOPPING = "stopping"
    STORE_AWAY = "store_away"
    BROKER_AWAY = "broker_away"
    ASLEEP = "asleep"
    """The watching process itself did not run: it was stopped, or its machine slept."""
    CHILD_REPLACED = "child_replaced"


@dataclass(frozen=True, slots=True)
class Standstill:
    """From when on standing still counts. `limit_s`: how long is too long."""

    limit_s: float
    counts_from: float
    """For the whole worker: later than whatever excused it last."""
    awake_since: float
    """For each pool child: only time counts in which we ourselves were running."""

    @classmethod
    def starting(cls, now: float, limit_s: float) -> Self:
        """A worker that starts now."""
        return cls(limit_s, now, now)

    def excused(self, excuse: Excuse, now: float) -> Self:
        """What stood still until now was no fault."""
        until = now + RECONNECTS_WITHIN_S if excuse is Excuse.BROKER_AWAY else now
        awake_since = now if excuse is Excuse.ASLEEP else self.awake_since
        return replace(self, counts_from=max(until, self.counts_from), awake_since=awake_since)

    def still_s(self, progress_at: float, now: float) -> float:
        """For how long the worker has stood still, where it last got somewhere at `progress_at`."""
        return max(0.0, now - max(progress_at, self.counts_from))

    def is_too_long(self, progress_at: float, now: float) -> bool:
        """Whether the worker has stood still for too long, if there is anything to do."""
        return self.still_s(progress_at, now) >= self.limit_s

    def child_is_stuck(self, beat_at: float | None, now: float) -> bool:
        """Whether a pool child's loop has not run for too long. None: it has none yet."""
        if beat_at is None:
            return False
        return now - max(beat_at, self.awake_since) >= self.limit_s * CHILD_SHARE
