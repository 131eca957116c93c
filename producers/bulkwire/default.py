"""The module's functions: a default `Bulkwire`, made at first use from the environment."""

import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from functools import cache

from bulkwire.client import Bulkwire, MessageLike
from bulkwire.message import EnqueueResult
from bulkwire.states import State
from bulkwire.store.record import StoredMessage

__all__ = [
    "acancel_message",
    "aenqueue_message",
    "aenqueue_messages",
    "aget_message",
    "cancel_message",
    "default_bulkwire",
    "enqueue_message",
    "enqueue_messages",
    "get_message",
]


def default_bulkwire() -> Bulkwire:
    """The client of `BULKWIRE_REDIS_URL` and `BULKWIRE_BROKER_URL`, made once a process."""
    # A forked child makes its own: it would share its parent's sockets otherwise.
    return _made_for(os.getpid())


@cache
def _made_for(process: int) -> Bulkwire:  # noqa: ARG001 - the argument is the cache's key
    return Bulkwire()


def enqueue_message(message: MessageLike | None = None, /, **fields: object) -> EnqueueResult:
    """`Bulkwire.enqueue_message` of the default client."""
    return default_bulkwire().enqueue_message(message, **fields)


def enqueue_messages(messages: Iterable[MessageLike]) -> Iterator[EnqueueResult]:
    """`Bulkwire.enqueue_messages` of the default client."""
    return default_bulkwire().enqueue_messages(messages)


async def aenqueue_message(
    message: MessageLike | None = None, /, **fields: object
) -> EnqueueResult:
    """`Bulkwire.aenqueue_message` of the default client."""
    return await default_bulkwire().aenqueue_message(message, **fields)


def aenqueue_messages(
    messages: Iterable[MessageLike] | AsyncIterable[MessageLike],
) -> AsyncIterator[EnqueueResult]:
    """`Bulkwire.aenqueue_messages` of the default client."""
    return default_bulkwire().aenqueue_messages(messages)


def get_message(message_id: str, *, account: str | None = None) -> StoredMessage:
    """`Bulkwire.get_message` of the default client."""
    return default_bulkwire().get_message(message_id, account=account)


async def aget_message(message_id: str, *, account: str | None = None) -> StoredMessage:
    """`Bulkwire.aget_message` of the default client."""
    return await default_bulkwire().aget_message(message_id, account=account)


def cancel_message(message_id: str, *, account: str | None = None) -> State:
    """`Bulkwire.cancel_message` of the default client."""
    return default_bulkwire().cancel_message(message_id, account=account)


async def acancel_message(message_id: str, *, account: str | None = None) -> State:
    """`Bulkwire.acancel_message` of the default client."""
    return await default_bulkwire().acancel_message(message_id, account=account)
