"""Redis's errors, mapped into ours in one place.

READONLY, LOADING, MASTERDOWN, CLUSTERDOWN, TRYAGAIN and their like are trouble with the
connection, not with a message: the same call may be run again later.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as redis_errors

from bulkwire.errors import QueueFull, QueueUnavailable, StoreError

__all__ = ["mapped_faults", "our_error"]

_TROUBLE = (
    "LOADING",
    "READONLY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "MOVED",
    "ASK",
    "BUSY",
    "UNBLOCKED",
    "NOREPLICAS",
    "MISCONF",
)


def our_error(fault: Exception) -> Exception:
    """The error of ours for an error of redis-py; its text names Redis's word, never a value."""
    if isinstance(fault, redis_errors.OutOfMemoryError):
        return QueueFull("Redis is out of memory")
    connection_trouble = (
        redis_errors.ConnectionError,
        redis_errors.TimeoutError,
        redis_errors.BusyLoadingError,
        redis_errors.ReadOnlyError,
        OSError,
    )
    if isinstance(fault, connection_trouble):
        return QueueUnavailable(f"Redis cannot be reached ({type(fault).__name__})")
    if isinstance(fault, redis_errors.ResponseError):
        word = str(fault).split(" ", 1)[0].rstrip(":")
        if word == "OOM":
            return QueueFull("Redis is out of memory")
        if word in _TROUBLE:
            return QueueUnavailable(f"Redis cannot serve now ({word})")
        return StoreError(f"Redis refused a command: {fault}")
    return fault


@contextmanager
def mapped_faults() -> Iterator[None]:
    """Raises our errors instead of redis-py's."""
    try:
        yield
    except (redis_errors.RedisError, OSError) as fault:
        raise our_error(fault) from None
