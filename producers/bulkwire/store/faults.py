"""Redis's errors, mapped into ours in one place.

READONLY, LOADING, MASTERDOWN, CLUSTERDOWN, TRYAGAIN and their like are trouble with the
connection, not with a message: the same call may be run again later.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as redis_errors

from bulkwire.errors import QueueFull, QueueUnavailable, StoreError

__all__ = ["had_no_turn", "mapped_faults", "our_error", "surely_not_run"]

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
    if had_no_turn(fault):
        return QueueUnavailable("too many calls at once wait for Redis: enqueue many in one call")
    if isinstance(fault, redis_errors.InvalidResponse):
        return QueueUnavailable("what answers there is not Redis", maybe_enqueued=True)
    if isinstance(fault, redis_errors.AuthenticationError):
        return QueueUnavailable("Redis refuses the user or the password of BULKWIRE_REDIS_URL")
    connection_trouble = (
        redis_errors.ConnectionError,
        redis_errors.TimeoutError,
        redis_errors.BusyLoadingError,
        redis_errors.ReadOnlyError,
        OSError,
    )
    if isinstance(fault, connection_trouble):
        return QueueUnavailable(
            f"Redis cannot be reached ({type(fault).__name__})",
            maybe_enqueued=not surely_not_run(fault),
        )
    if isinstance(fault, redis_errors.ResponseError):
        return _refusal(fault)
    return StoreError(f"redis-py gave up ({type(fault).__name__})")


def _refusal(fault: redis_errors.ResponseError) -> StoreError:
    word = str(fault).split(" ", 1)[0].rstrip(":")
    if isinstance(fault, redis_errors.OutOfMemoryError) or word == "OOM":
        return QueueFull("Redis is out of memory")
    if word in _TROUBLE:
        return QueueUnavailable(f"Redis cannot serve now ({word})")
    # The rest of such a text quotes what was sent.
    told = str(fault).partition(", with args beginning with")[0]
    return StoreError(f"Redis refused a command: {told}")


def surely_not_run(fault: BaseException) -> bool:
    """Whether no connection came about, so that no command can have reached the server."""
    while fault.__cause__ or fault.__context__:
        fault = fault.__cause__ or fault.__context__ or fault
    return isinstance(fault, ConnectionRefusedError | FileNotFoundError | socket.gaierror)


def had_no_turn(fault: BaseException) -> bool:
    """Whether every connection of our own was in use for too long, so that nothing was sent."""
    # redis-py has no type of its own for it.
    return type(fault) is redis_errors.ConnectionError and str(fault) == "No connection available."


@contextmanager
def mapped_faults() -> Iterator[None]:
    """Raises our errors instead of redis-py's."""
    try:
        yield
    except (redis_errors.RedisError, OSError) as fault:
        raise our_error(fault) from None
