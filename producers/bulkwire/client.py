"""`Bulkwire`: what an application holds on to. Enqueue, look up, cancel; blocking and async."""

import asyncio
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

from bulkwire.backpressure import MemoryGauge, read_memory_share
from bulkwire.errors import Fault, InvalidMessage, QueueUnavailable, UnknownMessage
from bulkwire.ids import NAME_RULE, is_name
from bulkwire.intake import (
    Answered,
    achunks,
    answered,
    at_position,
    chunks,
    enqueue_calls,
    unavailable,
    weight,
)
from bulkwire.making import make_message
from bulkwire.message import EnqueueResult, Message
from bulkwire.settings import ProducerSettings, load_settings
from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.enqueueing import count_wake_failure
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage, read_message
from bulkwire.store.runner import AsyncStores, Store
from bulkwire.store.steering import cancel, read_standing
from bulkwire.waking import Waker

__all__ = ["Bulkwire", "MessageLike"]

MessageLike: TypeAlias = Message | Mapping[str, object]
"""A message, or its fields by name."""

T = TypeVar("T")
CHUNK: Final = 500
"""Messages a pipeline: what `enqueue_messages` holds in memory at a time; fewer large ones."""


class Bulkwire:
    """A connection to one message store and its broker. Connects at first use; threads share it.

    `redis_url`, `broker_url`, `default_region` and `account` override the environment's
    `BULKWIRE_…`. The async twins hold connections per event loop. Raises ConfigurationError where
    a setting is missing or wrong.
    """

    def __init__(
        self,
        *,
        redis_url: str | None = None,
        broker_url: str | None = None,
        default_region: str | None = None,
        account: str | None = None,
    ) -> None:
        self.settings = load_settings(
            ProducerSettings,
            redis_url=redis_url,
            broker_url=broker_url,
            default_region=default_region,
            account=account,
        )
        self._store = Store(self.settings.redis_url)
        self._async_stores = AsyncStores(self.settings.redis_url)
        self._waker = Waker(self.settings.broker_url)
        self._gauge = MemoryGauge()

    def enqueue_message(
        self, message: MessageLike | None = None, /, **fields: object
    ) -> EnqueueResult:
        """Takes one message in: `enqueue_message(to="+27 82 123 4567", content="Hello")`.

        Raises:
            InvalidMessage: with every fault at once; nothing was taken in.
            QueueFull: nothing was taken in.
            QueueUnavailable: within 3 s; names the id and whether it may have been taken in.
        """
        return _only(self._take_in([self._checked(_given(message, fields))]))

    async def aenqueue_message(
        self, message: MessageLike | None = None, /, **fields: object
    ) -> EnqueueResult:
        """`enqueue_message` on the running event loop."""
        return _only(await self._atake_in([self._checked(_given(message, fields))]))

    def enqueue_messages(self, messages: Iterable[MessageLike]) -> Iterator[EnqueueResult]:
        """Takes in any number of messages, in constant memory; yields results in their order.

        Works as its results are asked for. An invalid message is raised after those before it
        went in, and names its position. Raises as `enqueue_message` does; what was yielded is in.
        """
        position = 0
        for chunk in chunks(messages, CHUNK, weight):
            checked, invalid = self._checked_until_invalid(chunk, position)
            taken = self._take_in(checked)
            yield from taken.results
            _raise(taken.error or invalid)
            position += len(chunk)

    async def aenqueue_messages(
        self, messages: Iterable[MessageLike] | AsyncIterable[MessageLike]
    ) -> AsyncIterator[EnqueueResult]:
        """`enqueue_messages` on the running event loop; takes async iterables, too."""
        position = 0
        async for chunk in achunks(messages, CHUNK, weight):
            checked, invalid = self._checked_until_invalid(chunk, position)
            taken = await self._atake_in(checked)
            for result in taken.results:
                yield result
            _raise(taken.error or invalid)
            position += len(chunk)

    def get_message(self, message_id: str, *, account: str | None = None) -> StoredMessage:
        """What the store knows about a message.

        Raises UnknownMessage, InvalidMessage (an id that nothing can have), QueueUnavailable.
        """
        keys = self._keys(account, message_id)
        return _known(self._store.run(read_message(keys, message_id)), message_id, keys)

    async def aget_message(self, message_id: str, *, account: str | None = None) -> StoredMessage:
        """`get_message` on the running event loop."""
        keys = self._keys(account, message_id)
        found = await self._async_stores.here().run(read_message(keys, message_id))
        return _known(found, message_id, keys)

    def cancel_message(self, message_id: str, *, account: str | None = None) -> State:
        """Cancels a message that no worker has taken yet; answers the state it is in afterwards.

        Raises UnknownMessage, InvalidMessage, QueueUnavailable.
        """
        keys = self._keys(account, message_id)
        seen = self._store.run(read_standing(keys, message_id))
        while seen and seen.waits:
            seen = self._store.run(cancel(keys, message_id, seen))
        return _known(seen, message_id, keys).state

    async def acancel_message(self, message_id: str, *, account: str | None = None) -> State:
        """`cancel_message` on the running event loop."""
        keys = self._keys(account, message_id)
        store = self._async_stores.here()
        seen = await store.run(read_standing(keys, message_id))
        while seen and seen.waits:
            seen = await store.run(cancel(keys, message_id, seen))
        return _known(seen, message_id, keys).state

    def close(self) -> None:
        """Closes the blocking connections."""
        self._store.close()
        self._waker.close()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._async_stores.aclose()
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _keys(self, account: str | None, message_id: str) -> Keys:
        account = account or self.settings.account
        named = {"id": message_id, "account": account}
        faults = [
            Fault(path, "is not a name that can have been given", NAME_RULE)
            for path, name in named.items()
            if not (isinstance(name, str) and is_name(name))
        ]
        if faults:
            raise InvalidMessage(faults)
        return Keys(account)

    def _checked(self, message: MessageLike) -> Message:
        if not isinstance(message, Message | Mapping):
            fault = Fault("message", "is neither a Message nor its fields", "give a dict of fields")
            raise InvalidMessage([fault])
        if not isinstance(message, Message):
            message = {"account": self.settings.account, **message}
        elif "account" not in message.model_fields_set:
            message = message.model_copy(update={"account": self.settings.account})
        return make_message(message, default_region=self.settings.default_region)

    def _checked_until_invalid(
        self, messages: Sequence[MessageLike], position: int
    ) -> tuple[list[Message], InvalidMessage | None]:
        checked: list[Message] = []
        for number, message in enumerate(messages, start=position):
            try:
                checked.append(self._checked(message))
            except InvalidMessage as error:
                return checked, at_position(error, number)
        return checked, None

    def _take_in(self, messages: Sequence[Message]) -> Answered:
        try:
            if self._gauge.stale:
                self._gauge.update(self._store.run(read_memory_share()))
            allowed, refusal = self._gauge.admit(messages)
            taken = answered(allowed, self._store.try_many(self._calls(allowed)))
        except QueueUnavailable as error:
            raise unavailable(error, messages) from None
        if taken.wake and not self._waker.wake():
            self._store.try_many([count_wake_failure()])
        return replace(taken, error=taken.error or refusal)

    async def _atake_in(self, messages: Sequence[Message]) -> Answered:
        try:
            if self._gauge.stale:
                self._gauge.update(await self._async_stores.here().run(read_memory_share()))
            allowed, refusal = self._gauge.admit(messages)
            taken = answered(
                allowed, await self._async_stores.here().try_many(self._calls(allowed))
            )
        except QueueUnavailable as error:
            raise unavailable(error, messages) from None
        # kombu has no async publisher; a wake-up is one command a second at the most.
        if taken.wake and not await asyncio.to_thread(self._waker.wake):
            await self._async_stores.here().try_many([count_wake_failure()])
        return replace(taken, error=taken.error or refusal)

    def _calls(self, messages: Sequence[Message]) -> list[Call[Any]]:
        return enqueue_calls(
            messages, token=secrets.token_urlsafe(6), queue_limit=self.settings.queue_limit
        )


def _given(message: MessageLike | None, fields: Mapping[str, object]) -> MessageLike:
    if message is None:
        return fields
    if fields:
        raise TypeError("give a message or its fields, not both")
    return message


def _only(taken: Answered) -> EnqueueResult:
    _raise(taken.error)
    return taken.results[0]


def _raise(error: Exception | None) -> None:
    if error:
        raise error


def _known(found: T | None, message_id: str, keys: Keys) -> T:
    if found is None:
        raise UnknownMessage(message_id, keys.account)
    return found
