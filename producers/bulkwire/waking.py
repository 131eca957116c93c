"""Wake-ups: Celery tasks without arguments that tell workers to look for work.

No message rides in a task, so losing a wake-up or running it twice changes nothing: workers also
wake themselves every second.
"""

from collections.abc import Callable
from typing import Any, Final

from celery import Celery
from kombu import Queue

__all__ = ["DISPATCH", "UPKEEP", "Waker", "celery_settings"]

DISPATCH: Final = "bulkwire.dispatch"
"""Task and queue: send what is ready."""
UPKEEP: Final = "bulkwire.upkeep"
"""Task and queue: due times, leases, status checks, holds, archiving."""

EXPIRES_S: Final = 5
"""A wake-up that nobody took for so long is stale: workers have woken themselves since."""
BROKER_TIMEOUT_S: Final = 0.5


def celery_settings(broker_url: str) -> dict[str, Any]:
    """What producers and workers agree on. No secret but the broker's address, no results."""
    return {
        "broker_url": broker_url,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_queues": tuple(
            Queue(name, exchange="", routing_key=name) for name in (DISPATCH, UPKEEP)
        ),
        "task_default_queue": DISPATCH,
        "task_create_missing_queues": False,
        "task_routes": {DISPATCH: {"queue": DISPATCH}, UPKEEP: {"queue": UPKEEP}},
    }


class Waker:
    """Publishes wake-ups, and gives up fast where the broker is away.

    Connects at the first wake-up. Its Celery app is its own: it never becomes the current app of
    the application that enqueues.
    """

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("bulkwire-producer", set_as_current=False)
        self._app.conf.update(
            celery_settings(broker_url),
            broker_connection_timeout=BROKER_TIMEOUT_S,
            broker_connection_retry=False,
            task_publish_retry=False,
            broker_transport_options={
                "max_retries": 0,  # kombu would otherwise go on trying inside publish
                "socket_connect_timeout": BROKER_TIMEOUT_S,
                "socket_timeout": BROKER_TIMEOUT_S,
                "retry_on_timeout": False,
            },
        )

    def wake(self, task: str = DISPATCH) -> bool:
        """Asks for the task to be run; False where the broker could not be reached in time."""
        return self._reaches_broker(
            lambda: self._app.send_task(task, ignore_result=True, expires=EXPIRES_S)
        )

    def forget(self, task: str) -> bool:
        """Drops the wake-ups that wait; False where the broker could not be reached in time.

        For workers that start, and look for work anyway: in a day without workers, enqueueing
        leaves tens of thousands of stale ones, which take a minute to be thrown away one by one.
        """
        return self._reaches_broker(lambda: self._purge(task))

    def _purge(self, task: str) -> None:
        with self._app.connection_for_write() as connection:
            self._app.amqp.queues[task](connection.default_channel).purge()

    def _reaches_broker(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except Exception:  # noqa: BLE001 - kombu lets errors of each transport's client through
            # A wake-up is only a hint: what is enqueued is in, and workers wake themselves.
            return False
        return True

    def close(self) -> None:
        """Closes the connection to the broker."""
        self._app.close()
