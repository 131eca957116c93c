"""Lets a worker's pool children be blocked from outside, and tells who they are.

Each child appends lines to a file: `<pid> ready` once it may be signalled, `<pid> loop` once it has
an event loop. SIGUSR1 makes the child stand still with all its threads for so many seconds; SIGUSR2
makes its event loop wait for ever.
"""

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvloop
from celery import signals

__all__ = ["BLOCK_SECONDS", "CHILDREN_FILE", "install_hooks"]

CHILDREN_FILE: Final = "BULKWIRE_CHAOS_CHILDREN"
BLOCK_SECONDS: Final = "BULKWIRE_CHAOS_BLOCK"


class _Hooks:
    """What a child does when it is told to stand still."""

    def __init__(self, children: Path, block_s: int) -> None:
        self._children = children
        self._block_s = block_s
        self._loops: dict[int, uvloop.Loop] = {}

    def remember(self, make: Callable[[], uvloop.Loop]) -> Callable[[], uvloop.Loop]:
        """`make`, with what it makes remembered by process."""

        def made() -> uvloop.Loop:
            loop = self._loops[os.getpid()] = make()
            self._tell("loop")
            return loop

        return made

    def on_child_ready(self, **_: object) -> None:
        signal.signal(signal.SIGUSR1, lambda _number, _frame: self._on_loop(self._stand_still))
        signal.signal(signal.SIGUSR2, lambda _number, _frame: self._on_loop(_wait_for_ever))
        self._tell("ready")

    def _on_loop(self, work: Callable[[], None]) -> None:
        loop = self._loops.get(os.getpid())
        if loop is not None:
            loop.call_soon_threadsafe(work)

    def _stand_still(self) -> None:
        # Called so, C keeps Python's lock: the thread that renews leases stands still as well.
        ctypes.PyDLL(None).sleep(self._block_s)

    def _tell(self, word: str) -> None:
        # One small write to the end of the file: lines of several children do not mix.
        with self._children.open("a") as file:
            file.write(f"{os.getpid()} {word}\n")


def _wait_for_ever() -> None:
    threading.Event().wait()


def install_hooks() -> None:
    """For every pool child of this process, as the environment says: CHILDREN_FILE, BLOCK_SECONDS.

    They are taken out of the environment.
    """
    hooks = _Hooks(Path(os.environ.pop(CHILDREN_FILE)), int(os.environ.pop(BLOCK_SECONDS)))
    uvloop.new_event_loop = hooks.remember(uvloop.new_event_loop)
    signals.worker_process_init.connect(hooks.on_child_ready, weak=False)
