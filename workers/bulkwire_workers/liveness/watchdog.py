"""Looks after the worker from a thread of its parent process, whatever the other threads do.

A pool child whose event loop does not run is killed: Celery's pool replaces it, its leases lapse.
A worker that gets nowhere although there is something to do ends, so that its supervisor starts it
anew. One that was told to stop ends in time, even where Celery waits for what never comes. And
every second the store is told how this worker is doing, for `bulkwire health`.
"""

import math
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

import structlog

from bulkwire.errors import ConfigurationError, StoreError
from bulkwire.store.keys import Keys, WorkerKey
from bulkwire.store.runner import Store
from bulkwire.store.workers import WorkerReport, claimable, read_report, report_worker
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.liveness.pulse import Pulse, Step
from bulkwire_workers.liveness.standstill import Excuse, Standstill
from bulkwire_workers.logs import log_threads
from bulkwire_workers.self_waking import SelfWaker
from bulkwire_workers.server_check import require_fit_server
from bulkwire_workers.stopping import Stopping

__all__ = ["Pids", "Shared", "Watchdog"]

Pids: TypeAlias = Callable[[], Sequence[int]]
"""The pool children that run now."""

EVERY_S: Final = 1.0
SHORTEST_TTL_S: Final = 90.0
FAILED: Final = 1
SEE_THREADS: Final = "ended, with its processes; what its threads did follows"
NAMESAKE_REMEMBERED_S: Final = 600.0
"""For so long it is told that another worker went by the same name: that one may have stopped."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the parent process shares with its children and its other threads."""

    pulse: Pulse
    stopping: Stopping
    waker: SelfWaker


class Watchdog:
    """One per worker. Start it when the pool has been forked."""

    def __init__(self, settings: WorkerSettings, shared: Shared, *, server_is_fit: bool) -> None:
        self._settings = settings
        self._shared = shared
        self._server_is_fit = server_is_fit
        self._limit_s = settings.stuck_limit
        self._standstill = Standstill.starting(time.monotonic(), self._limit_s)
        self._instance = uuid.uuid4().hex
        self._stopping_since: float | None = None
        self._has_reported = False
        self._namesake_seen_at = -math.inf
        self._log = structlog.get_logger("bulkwire.watchdog")

    def start(self, name: str, pids: Pids) -> None:
        """Starts watching the worker of this node name."""
        threading.Thread(
            target=self._run, args=(WorkerKey(name), pids), name="bulkwire-watchdog", daemon=True
        ).start()

    def _run(self, worker: WorkerKey, pids: Pids) -> None:
        store = Store(self._settings.redis_url)
        self._standstill = Standstill.starting(time.monotonic(), self._limit_s)
        while True:
            began = time.monotonic()
            self._look(store, worker, pids, began)
            time.sleep(EVERY_S)
            if time.monotonic() - began > self._limit_s / 2:
                self._excuse(Excuse.ASLEEP, time.monotonic())
                self._stopping_since = None

    def _look(self, store: Store, worker: WorkerKey, pids: Pids, now: float) -> None:
        # All is judged for the moment the round began: this process may be stopped within it, and
        # what stood still with it is no fault.
        for pid in pids():
            if self._standstill.child_is_stuck(self._shared.pulse.last_beat(pid), now):
                self._replace(pid, now)
        if self._stops_for_too_long(now):
            self._log.error("stop_overran", limit_s=self._settings.stop_limit, advice=SEE_THREADS)
            log_threads()
            self._end(pids())
        excuse = self._why_still()
        if excuse:
            self._excuse(excuse, now)
        try:
            self._check_server(store)
            self._look_for_namesake(store.run(read_report(worker)), worker, now)
            store.run(report_worker(worker, self._report(excuse, now)))
            self._has_reported = True
            stuck = self._stands_still(now) and not excuse and self._anything_to_do(store)
        except ConfigurationError as error:
            self._log.error("server_refused", error=str(error))
            self._end(pids())
        except StoreError:
            self._excuse(Excuse.STORE_AWAY, now)
            return
        if stuck:
            still_s = round(self._standstill.still_s(self._shared.pulse.last_of(), now))
            advice = "ends, so that its supervisor starts it anew"
            self._log.error("worker_stuck", still_s=still_s, advice=advice)
            self._end(pids())

    def _look_for_namesake(self, last: WorkerReport | None, worker: WorkerKey, now: float) -> None:
        """What stands in our place after we wrote there tells of another one."""
        if not (self._has_reported and last and last.instance != self._instance):
            return
        if not self._has_namesake(now):
            advice = (
                "give each worker a --hostname of its own: `bulkwire health` cannot tell them apart"
            )
            self._log.error("same_node_name", worker=worker.name, pid=last.pid, advice=advice)
        self._namesake_seen_at = now

    def _has_namesake(self, now: float) -> bool:
        return now - self._namesake_seen_at < NAMESAKE_REMEMBERED_S

    def _why_still(self) -> Excuse | None:
        if self._shared.stopping.is_set():
            return Excuse.STOPPING
        reaches_broker = self._shared.waker.reaches_broker
        if reaches_broker is None:
            return Excuse.STARTING
        return None if reaches_broker else Excuse.BROKER_AWAY

    def _stops_for_too_long(self, now: float) -> bool:
        if not self._shared.stopping.is_set():
            return False
        if self._stopping_since is None:
            self._stopping_since = now
        return now - self._stopping_since > self._settings.stop_limit

    def _excuse(self, excuse: Excuse, now: float) -> None:
        self._standstill = self._standstill.excused(excuse, now)

    def _replace(self, pid: int, now: float) -> None:
        # Logged before, so that the pool doesn't fork its successor while the line is written.
        self._log.error("child_stuck", pid=pid, advice="killed, to be replaced")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._shared.pulse.fall_silent(pid)
        self._excuse(Excuse.CHILD_REPLACED, now)

    def _check_server(self, store: Store) -> None:
        if not self._server_is_fit:
            require_fit_server(store)
            self._server_is_fit = True

    def _stands_still(self, now: float) -> bool:
        return self._standstill.is_too_long(self._shared.pulse.last_of(), now)

    def _anything_to_do(self, store: Store) -> bool:
        limits = self._settings.most_per_second
        accounts = map(Keys, self._settings.keys)
        return any(store.run(claimable(keys, most_per_second=limits)) for keys in accounts)

    def _report(self, excuse: Excuse | None, now: float) -> WorkerReport:
        pulse = self._shared.pulse
        return WorkerReport(
            pid=os.getpid(),
            still_ms=round(self._standstill.still_s(pulse.last_of(), now) * 1000),
            claim_ms_ago=_ms_ago(pulse.last(Step.CLAIM), now),
            renewal_ms_ago=_ms_ago(pulse.last(Step.RENEWAL), now),
            settle_ms_ago=_ms_ago(pulse.last(Step.SETTLE), now),
            excuse=excuse or "",
            ttl_ms=round(max(SHORTEST_TTL_S, 3 * self._limit_s) * 1000),
            instance=self._instance,
            namesake=self._has_namesake(now),
        )

    def _end(self, pids: Sequence[int]) -> NoReturn:
        """Ends every process of this worker, even where its main thread hangs."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(FAILED)


def _ms_ago(at: float | None, now: float) -> int | None:
    return None if at is None else max(0, round((now - at) * 1000))
