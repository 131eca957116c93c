"""Log lines of the worker processes: one event with fields a line, for eyes or for machines."""

import faulthandler
import logging
import sys
from contextlib import suppress

import structlog

__all__ = ["log_threads", "log_to_stderr"]


class _Lines(structlog.PrintLogger):
    """Drops a line that cannot be written: a full disk, or a pipe that nobody reads any more.

    Raised from the middle of sending, that would cost answers: what was told would be in doubt.
    """

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def log_to_stderr(level: str) -> None:
    """Sets structlog up: coloured on a terminal, JSON elsewhere. Called once, before the fork."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    # Bound here: in a child Celery puts a logger of its own in the place of sys.stderr.
    stream = sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=True,
    )


def log_threads() -> None:
    """Writes where each thread of this process is, in lines of Python's own."""
    # Not sys.stderr: Celery puts something without a descriptor in its place.
    with suppress(OSError, ValueError, AttributeError, RuntimeError):
        faulthandler.dump_traceback(sys.__stderr__ or sys.stderr)
