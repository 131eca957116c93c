"""The Celery app of the sending processes: two tasks without arguments, and their upkeep."""

import os
from collections.abc import Callable
from functools import cache
from typing import Final

from celery import Celery, signals

from bulkwire.waking import DISPATCH, EXPIRES_S, UPKEEP, celery_settings
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.liveness.bootstep import make_watchdog_step
from bulkwire_workers.liveness.pulse import Pulse
from bulkwire_workers.liveness.watchdog import Shared, Watchdog
from bulkwire_workers.pool_child import PoolChild
from bulkwire_workers.roles import Roles
from bulkwire_workers.self_waking import SelfWaker
from bulkwire_workers.stopping import Stopping

__all__ = ["make_app", "make_worker_app"]

BEAT_S: Final = 5.0


def make_app(broker_url: str) -> Celery:
    """An app that knows the tasks' names and queues: for beat and Flower, which run none."""
    app = Celery("bulkwire", set_as_current=False)
    app.conf.update(
        celery_settings(broker_url),
        beat_schedule={
            name: {
                "task": name,
                "schedule": BEAT_S,
                "options": {"expires": EXPIRES_S, "ignore_result": True},
            }
            for name in (DISPATCH, UPKEEP)
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # an hour without a broker must not end the worker
        # Answers such as READONLY, where the broker has become a replica, pass like an outage.
        broker_channel_error_retry=True,
        enable_utc=True,
        timezone="UTC",
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=True,
        # A broker that went away for a moment must not cut off running requests.
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return app


def make_worker_app(
    settings: WorkerSettings, *, senders: int, server_is_fit: bool = False
) -> Celery:
    """The app that a worker process runs: `senders` of its pool children send, one does upkeep.

    The settings, with their keys, stay out of `app.conf`. `server_is_fit`: that was found out
    already; otherwise it is as soon as the server can be reached.
    """
    app = make_app(settings.broker_url)
    roles = Roles({DISPATCH: senders, UPKEEP: 1})
    # Made before the fork: memory that the pool children share.
    stopping, pulse = Stopping(), Pulse()

    @cache
    def child_of(process: int) -> PoolChild:  # noqa: ARG001 - a forked child makes its own
        return PoolChild(settings, stopping, pulse)

    def child() -> PoolChild:
        return child_of(os.getpid())

    def run(role: str, work: Callable[[PoolChild], None]) -> None:
        with roles.taken(role) as mine:
            if mine and not stopping.is_set():
                work(child())

    @app.task(name=DISPATCH)
    def dispatch() -> None:
        run(DISPATCH, PoolChild.dispatch)

    @app.task(name=UPKEEP)
    def keep_up() -> None:
        run(UPKEEP, PoolChild.keep_up)

    waker = SelfWaker(settings.broker_url, roles)
    watchdog = Watchdog(settings, Shared(pulse, stopping, waker), server_is_fit=server_is_fit)
    app.steps["worker"].add(make_watchdog_step(watchdog, stopping))
    _follow_signals(stopping, waker, child)
    return app


def _follow_signals(stopping: Stopping, waker: SelfWaker, child: Callable[[], PoolChild]) -> None:
    def on_ready(**_: object) -> None:
        waker.start()

    def on_shutdown(**_: object) -> None:
        stopping.set()
        waker.stop()

    def on_child_start(**_: object) -> None:
        child()

    def on_child_shutdown(**_: object) -> None:
        child().shut_down()

    signals.worker_ready.connect(on_ready, weak=False)
    signals.worker_shutting_down.connect(on_shutdown, weak=False)
    signals.worker_process_init.connect(on_child_start, weak=False)
    signals.worker_process_shutdown.connect(on_child_shutdown, weak=False)
