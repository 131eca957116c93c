"""Watches a run from outside: what the provider took in, how the store counts, who gives back."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

import httpx

from bulkwire.errors import StoreError
from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_counts
from bulkwire.store.runner import AsyncStore
from bulkwire_cli.chaos.exposure import read_leases
from bulkwire_cli.chaos.recovery import Point
from bulkwire_cli.simulator.client import SimulatorClient

__all__ = ["Watch"]

EVERY_S: Final = 0.1
WAITING: Final = (State.QUEUED, State.SCHEDULED)
MOVING: Final = (*WAITING, State.SENDING, State.ACCEPTED)


class Watch:
    """What has been seen so far. `run` is a task of the driver."""

    def __init__(self, store: AsyncStore, keys: Keys, provider: SimulatorClient) -> None:
        self._store = store
        self._keys = keys
        self._provider = provider
        self._held: dict[int, frozenset[str]] = {}
        self._over = False
        self.points: list[Point] = []
        """How many messages the provider had taken in, by `time.monotonic()`."""
        self.counts: Mapping[str, int] = {}
        """The store's counts, as they were last seen."""
        self.given_back: dict[int, float] = {}
        """By number of the fault: when none of the batches held at it was held any more."""

    @property
    def accepted(self) -> int:
        """Messages that the provider took in."""
        return self.points[-1].accepted if self.points else 0

    @property
    def waiting(self) -> int:
        """Messages that wait to be sent."""
        return sum(self.counts.get(state, 0) for state in WAITING)

    @property
    def sending(self) -> int:
        """Messages that a worker has."""
        return self.counts.get(State.SENDING, 0)

    @property
    def gone(self) -> int:
        """Messages that were at least claimed once."""
        return self.counts.get("total", 0) - self.waiting

    @property
    def settled(self) -> bool:
        """Nothing moves any more."""
        return not any(self.counts.get(state) for state in MOVING)

    def until_given_back(self, number: int, batches: Iterable[str]) -> None:
        """From now on, looks out for the moment when none of these batches is held any more."""
        self._held[number] = frozenset(batches)

    def stop(self) -> None:
        """Ends `run` before long. (Cancelled within a call of redis-py, it might go on.)"""
        self._over = True

    async def run(self) -> None:
        """Looks several times a second, until it is stopped."""
        while not self._over:
            with suppress(StoreError, httpx.TransportError):  # hurt now; the next look is soon
                summary = await asyncio.to_thread(self._provider.summary, statuses=False)
                self.points.append(Point(time.monotonic(), summary.messages.accepted))
                await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Looks at the store now. Raises StoreError."""
        self.counts = await self._store.run(read_counts(self._keys))
        if self._held:
            self._look_for_held(await self._store.run(read_leases(self._keys)))

    def _look_for_held(self, leased: Iterable[str]) -> None:
        held = frozenset(leased)
        for number, batches in list(self._held.items()):
            if not batches & held:
                self.given_back[number] = time.monotonic()
                del self._held[number]
