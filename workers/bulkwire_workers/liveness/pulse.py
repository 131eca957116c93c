"""When this worker last got somewhere, in memory that its parent and its pool children share."""

import mmap
import os
import time
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

__all__ = ["Pulse", "Step"]

PLACES: Final = 4096
"""Beats by process id. Two children that share a place would only be watched less closely."""
DOUBLE: Final = 8


class Step(IntEnum):
    """What counts as progress; the place of its time."""

    CLAIM = 0  # the store answered a round of claims, be it that there is nothing to do
    RENEWAL = 1  # a lease was renewed
    SETTLE = 2  # what became of a request was written down


class Pulse:
    """Times of the system's monotonic clock, in seconds; 0 for never. Make it before the fork.

    Plain memory, as in `Stopping`: a child that is killed while it writes must not keep a lock.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (len(Step) + 2 * PLACES) * DOUBLE)
        cells = memoryview(self._memory).cast("d")
        self._steps = cells[: len(Step)]
        self._pids = cells[len(Step) : len(Step) + PLACES]
        self._beats = cells[len(Step) + PLACES :]

    def made(self, step: Step) -> None:
        """This process got somewhere."""
        self._steps[step] = time.monotonic()

    def last(self, step: Step) -> float | None:
        """When any process of this worker last did."""
        return self._steps[step] or None

    def last_of(self, steps: Iterable[Step] = Step) -> float:
        """The latest of several; 0 for never."""
        return max(self._steps[step] for step in steps)

    def beat(self) -> None:
        """The event loop of this pool child runs."""
        place = os.getpid() % PLACES
        self._beats[place] = time.monotonic()
        self._pids[place] = os.getpid()

    def fall_silent(self, pid: int) -> None:
        """That pool child's loop has ended, in order or not: nobody shall wait for its beat."""
        self._pids[pid % PLACES] = 0

    def last_beat(self, pid: int) -> float | None:
        """When the loop of that pool child last ran; None where it has none."""
        place = pid % PLACES
        return self._beats[place] if self._pids[place] == pid else None
