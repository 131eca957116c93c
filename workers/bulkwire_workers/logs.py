"""Log lines of the worker processes: one event with fields a line, for eyes or for machines."""

import logging
import sys

import structlog

__all__ = ["log_to_stderr"]


def log_to_stderr(level: str) -> None:
    """Sets structlog up: coloured on a terminal, JSON elsewhere. Called once, before the fork."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
