"""Every worker wakes itself each second, so that a lost wake-up costs a second and no message."""

import threading
from typing import Final

from bulkwire.waking import DISPATCH, UPKEEP, Waker
from bulkwire_workers.roles import Roles

__all__ = ["SelfWaker"]

EVERY_S: Final = 1.0


class SelfWaker:
    """A thread of the worker's parent process. Asks for tasks whose role is idle here."""

    def __init__(self, broker_url: str, roles: Roles) -> None:
        self._waker = Waker(broker_url)
        self._roles = roles
        self._stopping = threading.Event()
        self._reaches_broker: bool | None = None
        self._thread = threading.Thread(target=self._run, name="bulkwire-self-waker", daemon=True)

    @property
    def reaches_broker(self) -> bool | None:
        """Whether the broker took the last wake-ups, where any were due. None: none were tried."""
        return self._reaches_broker

    def start(self) -> None:
        """Starts waking."""
        self._thread.start()

    def stop(self) -> None:
        """Stops waking."""
        self._stopping.set()

    def _run(self) -> None:
        for task in (UPKEEP, DISPATCH):
            self._waker.forget(task)
        while True:
            # Where the broker is away, the next second tries again.
            idle = [task for task in (UPKEEP, DISPATCH) if self._roles.free(task)]
            woken = [self._waker.wake(task) for task in idle]
            self._reaches_broker = all(woken)
            if self._stopping.wait(EVERY_S):
                return
