"""`bulkwire worker` whose processes can be made to stand still in ways no signal has by itself.

The signals are realtime ones: Celery has a use of its own for most others.
"""

import ctypes
import gc
import runpy
import signal
import threading
from typing import Final

from celery import signals

from bulkwire_workers.pool_child import PoolChild

__all__ = ["DEADLOCK_LOOP", "HANG_MAIN_THREAD", "KEEP_PYTHONS_LOCK"]

KEEP_PYTHONS_LOCK: Final[int] = signal.SIGRTMIN
"""No thread of a pool child runs any more."""
DEADLOCK_LOOP: Final[int] = signal.SIGRTMIN + 1
"""The event loop of a pool child waits for ever; its other threads run."""
HANG_MAIN_THREAD: Final[int] = signal.SIGRTMIN + 2
"""The main thread waits for ever, of a pool child or of the parent; event loops run."""
FOR_EVER_S: Final = 3600
PR_SET_PDEATHSIG: Final = 1


def keep_pythons_lock(*_: object) -> None:
    ctypes.PyDLL(None).sleep(FOR_EVER_S)  # called so, C doesn't give the lock up


def wait_for_ever(*_: object) -> None:
    threading.Event().wait()


def deadlock_loop(*_: object) -> None:
    for child in [one for one in gc.get_objects() if isinstance(one, PoolChild)]:
        child._loop.call_soon_threadsafe(wait_for_ever)


def on_child_ready(**_: object) -> None:
    signal.signal(KEEP_PYTHONS_LOCK, keep_pythons_lock)
    signal.signal(DEADLOCK_LOOP, deadlock_loop)


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # ends with the tests
    signal.signal(HANG_MAIN_THREAD, wait_for_ever)  # pool children inherit it
    signals.worker_process_init.connect(on_child_ready, weak=False)
    runpy.run_module("bulkwire_cli", run_name="__main__")
