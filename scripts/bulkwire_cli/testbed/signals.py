"""Signals end a command in order: everything it started is stopped on the way out."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

__all__ = ["stoppable", "wait_for_stop"]

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable() -> Iterator[None]:
    """Within the block a signal raises SystemExit, once; the next ones don't disturb the ending."""

    def stop(number: int, _frame: FrameType | None) -> None:
        _ignore()
        sys.stderr.write("\nStopping what was started …\n")
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, stop) for number in _heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_stop() -> None:
    """Waits for a signal, and then lets nothing disturb the ending."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        _ignore()
        stopped.set()

    for number in _heeded():
        signal.signal(number, stop)
    stopped.wait()


def _heeded() -> list[signal.Signals]:
    """Who started us may have switched signals off: `nohup`, or `&` in a script."""
    return [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]


def _ignore() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
