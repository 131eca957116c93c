"""What one pool child holds: an event loop in a thread of its own, and what runs on it.

The loop is made after the fork, the rest at the child's first task. All of it outlives the tasks: a
request that takes a minute must not keep its child from claiming.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
import uvloop

from bulkwire.errors import StoreError
from bulkwire.store.upkeep import upkeep_runs
from bulkwire.waking import DISPATCH, Waker
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.assembly import Parts, assemble
from bulkwire_workers.liveness.pulse import Pulse
from bulkwire_workers.sending.dispatcher import Served
from bulkwire_workers.sending.leases import LeaseKeeper
from bulkwire_workers.stopping import Stopping

__all__ = ["PoolChild"]

T = TypeVar("T")
SESSION_S: Final = 10.0
"""How long a task lasts; then its successor is woken, so that no child is busy for ever."""
UPKEEP_SESSION_S: Final = 60.0
"""Between two sessions lies up to a second, until the worker wakes itself."""
AFTER_TROUBLE_S: Final = 1.0
BEAT_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Work:
    """What a child needs from its first task on."""

    leases: LeaseKeeper
    parts: Parts


class PoolChild:
    """The running parts of one process. Made when it begins, so that the watchdog sees its loop."""

    def __init__(self, settings: WorkerSettings, stopping: Stopping, pulse: Pulse) -> None:
        self._settings = settings
        self._stopping = stopping
        self._pulse = pulse
        self._parent = os.getppid()
        self._log = structlog.get_logger("bulkwire.child")
        self._waker = Waker(settings.broker_url)
        self._work: _Work | None = None
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="bulkwire-loop", daemon=True
        )
        self._thread.start()
        self._loop.call_soon_threadsafe(self._beat)

    def dispatch(self) -> None:
        """Sends what is ready, for one session. Goes on where nobody can be told to."""
        parts = self._begin()
        while not self._stopping.is_set() and os.getppid() == self._parent:
            if self._run(self._serve(parts)) is not Served.TIME_OVER or self._waker.wake(DISPATCH):
                return

    def keep_up(self) -> None:
        """Does upkeep for one session."""
        self._run(self._begin().scheduler.serve(UPKEEP_SESSION_S))

    def shut_down(self) -> None:
        """Lets running requests end, within the longest they can take, and closes everything."""
        if self._work:
            left = self._run(self._work.parts.dispatcher.drain(self._settings.drain_limit))
            if left:
                self._log.error("requests_cut_off", requests=left)
            self._work.leases.stop()
            self._work.parts.witness.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._pulse.fall_silent(os.getpid())

    def _begin(self) -> Parts:
        if self._work is None:
            lease_ms = round(self._settings.lease * 1000)
            leases = LeaseKeeper(self._settings.redis_url, lease_ms=lease_ms, pulse=self._pulse)
            making = assemble(self._settings, leases, self._waker, self._stopping, self._pulse)
            self._work = _Work(leases, self._run(making))
            # Not before: where making fails (no descriptors left), each task would leave a thread.
            leases.start()
            self._work.parts.witness.start()
        return self._work.parts

    def _beat(self) -> None:
        """Shows the watchdog that the loop runs, for as long as it does."""
        self._pulse.beat()
        self._loop.call_later(BEAT_S, self._beat)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, parts: Parts) -> Served:
        try:
            if not await parts.store.run(upkeep_runs()):
                await parts.chores.do()
            return await parts.dispatcher.serve(SESSION_S)
        except StoreError as error:
            self._log.warning("dispatch_put_off", error=str(error))
            await asyncio.sleep(AFTER_TROUBLE_S)
            return Served.EMPTY
