"""Redis's errors, mapped into ours in one place.

READONLY, LOADING, NOSCRIPT, MOVED, CLUSTERDOWN and their like are trouble with the connection,
not with a message: the same call may be run again later.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as redis_errors

from bulkwire.errors import NotPermitted, QueueFull, QueueUnavailable, StoreError, WrongType

__all__ = ["had_no_turn", "mapped_errors", "our_error", "surely_not_run", "tells_of_a_failover"]

# redis-py has a type for some of these answers, and takes their first word off the text.
_TROUBLE_TYPES = {
    redis_errors.BusyLoadingError: "LOADING",
    redis_errors.ReadOnlyError: "READONLY",
    redis_errors.NoScriptError: "NOSCRIPT",  # once more, right after it was loaded
    redis_errors.MasterDownError: "MASTERDOWN",
    redis_errors.ClusterDownError: "CLUSTERDOWN",
    redis_errors.TryAgainError: "TRYAGAIN",
    redis_errors.MovedError: "MOVED",
    redis_errors.AskError: "ASK",
}
_TROUBLE_WORDS = ("BUSY", "UNBLOCKED", "NOREPLICAS", "MISCONF")


def our_error(fault: Exception) -> Exception:
    """The error of ours for an error of redis-py; its text names Redis's word, never a value."""
    if word := _trouble(fault):
        # Before this answer the call may have been tried, and have run, on another connection.
        return QueueUnavailable(f"Redis cannot serve now ({word})", maybe_enqueued=True)
    if isinstance(fault, redis_errors.ResponseError):
        return _refusal(fault)
    return _no_answer(fault)


def _no_answer(fault: Exception) -> StoreError:
    if had_no_turn(fault):
        return QueueUnavailable("too many calls at once wait for Redis: enqueue many in one call")
    if isinstance(fault, redis_errors.InvalidResponse):
        return QueueUnavailable("what answers there is not Redis", maybe_enqueued=True)
    if isinstance(fault, redis_errors.AuthenticationError):
        return QueueUnavailable("Redis refuses the user or the password of BULKWIRE_REDIS_URL")
    if isinstance(fault, redis_errors.ConnectionError | redis_errors.TimeoutError | OSError):
        reason = f"Redis cannot be reached ({type(fault).__name__})"
        return QueueUnavailable(reason, maybe_enqueued=not surely_not_run(fault))
    return StoreError(f"redis-py gave up ({type(fault).__name__})")


def _trouble(fault: Exception) -> str:
    """The word of an answer that says that this server cannot serve now; else empty."""
    for kind, word in _TROUBLE_TYPES.items():
        if isinstance(fault, kind):
            return word
    word = _first_word(fault)
    return word if isinstance(fault, redis_errors.ResponseError) and word in _TROUBLE_WORDS else ""


def _first_word(fault: Exception) -> str:
    return str(fault).split(" ", 1)[0].rstrip(":")


def _refusal(fault: redis_errors.ResponseError) -> StoreError:
    if isinstance(fault, redis_errors.OutOfMemoryError) or _first_word(fault) == "OOM":
        return QueueFull("Redis is out of memory")
    # The rest of such a text quotes what was sent.
    told = str(fault).partition(", with args beginning with")[0]
    kind = StoreError
    if isinstance(fault, redis_errors.NoPermissionError):
        kind = NotPermitted
    elif _first_word(fault) == "WRONGTYPE":
        kind = WrongType
    return kind(f"Redis refused a command: {told}")


def surely_not_run(fault: BaseException) -> bool:
    """Whether no connection came about, so that no command can have reached the server."""
    while fault.__cause__ or fault.__context__:
        fault = fault.__cause__ or fault.__context__ or fault
    return isinstance(fault, ConnectionRefusedError | FileNotFoundError | socket.gaierror)


def had_no_turn(fault: BaseException) -> bool:
    """Whether every connection of our own was in use for too long, so that nothing was sent."""
    # redis-py has no type of its own for it.
    return type(fault) is redis_errors.ConnectionError and str(fault) == "No connection available."


def tells_of_a_failover(answer: object) -> bool:
    """Whether a server says that it is a replica by now: who connects anew may find the primary."""
    return isinstance(answer, redis_errors.ReadOnlyError)


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Raises our errors instead of redis-py's."""
    try:
        yield
    except (redis_errors.RedisError, OSError) as fault:
        raise our_error(fault) from None
