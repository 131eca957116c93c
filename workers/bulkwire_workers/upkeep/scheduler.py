"""A session of upkeep: several duties side by side, each on its own clock."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import structlog

from bulkwire.errors import StoreError
from bulkwire_workers.stopping import Stopping

__all__ = ["Duty", "DutyScheduler"]

Duty: TypeAlias = Callable[[], Awaitable[float | None]]
"""Does one round. Answers the seconds until there is something to do again, None for unknown."""

LOOK_AGAIN_S: Final = 0.25
AFTER_TROUBLE_S: Final = 1.0
GRACE_S: Final = 5.0
"""How long a round may still last in a worker that stops. Cutting one off does no harm: a status
can be asked for again, and each transition is whole by itself."""


class DutyScheduler:
    """Runs duties for a while. Belongs to one event loop."""

    def __init__(self, duties: Mapping[str, Duty], stopping: Stopping) -> None:
        self._duties = duties
        self._stopping = stopping
        # Kept from session to session: a duty that rests for a minute rests longer than one lasts.
        self._next_at = dict.fromkeys(duties, 0.0)
        self._log = structlog.get_logger("bulkwire.upkeep")

    async def serve(self, seconds: float) -> None:
        """Runs every duty whenever it is due, for so long or until the worker stops.

        Where a round outlasts the session, the other duties go on until it ends.
        """
        until = time.monotonic() + seconds
        unfinished = set(self._duties)
        async with asyncio.TaskGroup() as group:
            running = {
                group.create_task(self._repeat(name, duty, until, unfinished))
                for name, duty in self._duties.items()
            }
            while running and not self._stopping.is_set():
                _, running = await asyncio.wait(running, timeout=LOOK_AGAIN_S)
            if running:
                _, running = await asyncio.wait(running, timeout=GRACE_S)
            for late in running:
                late.cancel()

    async def _repeat(self, name: str, duty: Duty, until: float, unfinished: set[str]) -> None:
        while not self._stopping.is_set():
            if time.monotonic() >= until:
                unfinished.discard(name)
                if not unfinished:
                    return
            if time.monotonic() >= self._next_at[name]:
                self._next_at[name] = time.monotonic() + await self._round(name, duty)
            left = self._next_at[name] - time.monotonic()
            await asyncio.sleep(min(LOOK_AGAIN_S, max(0.0, left)))

    async def _round(self, name: str, duty: Duty) -> float:
        try:
            wait = await duty()
        except StoreError as error:
            # One duty's trouble with Redis must not end the others' session.
            self._log.warning("duty_put_off", duty=name, error=str(error))
            return AFTER_TROUBLE_S
        return LOOK_AGAIN_S if wait is None else wait
