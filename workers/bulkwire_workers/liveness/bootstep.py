"""Where the watchdog stands in Celery's order of starting: after the pool, before the broker.

So a worker whose broker is away from the start is watched, and says so, like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from celery import bootsteps

from bulkwire_workers.liveness.watchdog import Watchdog
from bulkwire_workers.stopping import Stopping

__all__ = ["make_watchdog_step"]


class _Pool(Protocol):
    @property
    def info(self) -> Mapping[str, Any]: ...


class _CeleryWorker(Protocol):
    hostname: str
    pool: _Pool


def make_watchdog_step(watchdog: Watchdog, stopping: Stopping) -> type[bootsteps.StartStopStep]:
    """A step of Celery's worker that starts `watchdog`; it watches until the process ends.

    It also says that the worker stops: where Celery gives up by itself, no signal tells.
    """

    class Watch(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Pool",)

        def start(self, parent: _CeleryWorker) -> None:
            def pids() -> Sequence[int]:
                try:
                    return list(parent.pool.info["processes"])
                except AttributeError:
                    return ()  # the pool has been shut down

            watchdog.start(parent.hostname, pids)

        def close(self, parent: _CeleryWorker) -> None:  # noqa: ARG002 - Celery's signature
            stopping.set()

    return Watch
