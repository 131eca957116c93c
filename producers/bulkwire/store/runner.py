"""Runs calls against Redis: `Store` blocking, `AsyncStore` on an event loop.

Every transition may be run twice, so a connection that failed (Redis was restarted) is made anew
and the calls run again, once; a timeout is not, as callers are promised an answer in seconds.
redis-py's own retries stay off: they hide whether an earlier run may have reached the server.
Connections to a server that has become a replica are given up: its name may lead to another one.
"""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from weakref import WeakKeyDictionary

from redis import BlockingConnectionPool, Redis
from redis.asyncio import BlockingConnectionPool as AsyncBlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from bulkwire.errors import BulkwireError, StoreError
from bulkwire.store.call import Call, Reply
from bulkwire.store.redis_errors import (
    had_no_turn,
    mapped_errors,
    our_error,
    surely_not_run,
    tells_of_a_failover,
)

__all__ = ["AsyncStore", "AsyncStores", "Store"]

T = TypeVar("T")
CONNECT_TIMEOUT_S: Final = 1.0
REPLY_TIMEOUT_S: Final = 1.5
CONNECTIONS: Final = 100
"""What one store opens at the most: calls beyond it wait for their turn."""
TURN_TIMEOUT_S: Final = 1.4
"""Shorter than a reply may take: nobody's turn comes only to find Redis still hung."""


class Store:
    """A blocking connection pool to Redis. Threads may share it; a forked child makes its own."""

    def __init__(self, url: str, *, reply_timeout_s: float = REPLY_TIMEOUT_S) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TURN_TIMEOUT_S,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=reply_timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)

    def run(self, call: Call[T]) -> T:
        """Runs one call.

        Raises:
            QueueUnavailable: Redis is away or hung; the call may have run.
            QueueFull: Redis is out of memory; the call didn't run.
            StoreError: Redis refused it.
        """
        return self.run_many([call])[0]

    def run_many(self, calls: Sequence[Call[T]]) -> list[T]:
        """Runs calls in one pipeline and answers in their order; the first error is raised."""
        answers = self.try_many(calls)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in answers if not isinstance(answer, Exception)]

    def try_many(self, calls: Sequence[Call[T]]) -> list[T | Exception]:
        """Like `run_many`, with an error in the place of each call that failed."""
        with mapped_errors():
            raw = self._pipeline_twice(calls)
            missing = [i for i, answer in enumerate(raw) if isinstance(answer, NoScriptError)]
            if missing:
                for script in _scripts(calls):
                    self._redis.script_load(script)
                answers = self._pipeline([calls[i] for i in missing])
                for i, answer in zip(missing, answers, strict=True):
                    raw[i] = answer
            if any(map(tells_of_a_failover, raw)):
                self._redis.connection_pool.disconnect(inuse_connections=False)
        return _read_all(calls, raw)

    def _pipeline_twice(self, calls: Sequence[Call[T]]) -> list[Reply]:
        try:
            return self._pipeline(calls)
        except RedisConnectionError as first:
            if had_no_turn(first):
                raise
            try:
                return self._pipeline(calls)
            except RedisError as second:
                raise (second if surely_not_run(first) else first) from None

    def _pipeline(self, calls: Sequence[Call[T]]) -> list[Reply]:
        with self._redis.pipeline(transaction=False) as pipeline:
            add: Callable[..., object] = pipeline.execute_command
            for call in calls:
                add(*call.parts)
            return list(pipeline.execute(raise_on_error=False))

    def close(self) -> None:
        """Closes every connection."""
        self._redis.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


class AsyncStore:
    """`Store` for one event loop."""

    def __init__(self, url: str, *, reply_timeout_s: float = REPLY_TIMEOUT_S) -> None:
        pool = AsyncBlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TURN_TIMEOUT_S,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=reply_timeout_s,
            retry=AsyncRetry(NoBackoff(), 0),
        )
        self._redis = AsyncRedis.from_pool(pool)

    async def run(self, call: Call[T]) -> T:
        """Runs one call; raises as `Store.run` does."""
        return (await self.run_many([call]))[0]

    async def run_many(self, calls: Sequence[Call[T]]) -> list[T]:
        """Runs calls in one pipeline and answers in their order; the first error is raised."""
        answers = await self.try_many(calls)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in answers if not isinstance(answer, Exception)]

    async def try_many(self, calls: Sequence[Call[T]]) -> list[T | Exception]:
        """Like `run_many`, with an error in the place of each call that failed."""
        with mapped_errors():
            raw = await self._pipeline_twice(calls)
            missing = [i for i, answer in enumerate(raw) if isinstance(answer, NoScriptError)]
            if missing:
                for script in _scripts(calls):
                    await self._redis.script_load(script)
                answers = await self._pipeline([calls[i] for i in missing])
                for i, answer in zip(missing, answers, strict=True):
                    raw[i] = answer
            if any(map(tells_of_a_failover, raw)):
                await self._redis.connection_pool.disconnect(inuse_connections=False)
        return _read_all(calls, raw)

    async def _pipeline_twice(self, calls: Sequence[Call[T]]) -> list[Reply]:
        try:
            return await self._pipeline(calls)
        except RedisConnectionError as first:
            if had_no_turn(first):
                raise
            try:
                return await self._pipeline(calls)
            except RedisError as second:
                raise (second if surely_not_run(first) else first) from None

    async def _pipeline(self, calls: Sequence[Call[T]]) -> list[Reply]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for call in calls:
                pipeline.execute_command(*call.parts)
            return list(await pipeline.execute(raise_on_error=False))

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._redis.aclose()


class AsyncStores:
    """An `AsyncStore` for whichever event loop asks: an application may run one after another."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stores: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncStore] = WeakKeyDictionary()

    def here(self) -> AsyncStore:
        """The store of the running event loop."""
        loop = asyncio.get_running_loop()
        store = self._stores.get(loop)
        if store is None:
            store = self._stores[loop] = AsyncStore(self._url)
        return store

    async def aclose(self) -> None:
        """Closes the connections of the running event loop."""
        store = self._stores.pop(asyncio.get_running_loop(), None)
        if store is not None:
            await store.aclose()


def _scripts(calls: Sequence[Call[Any]]) -> set[str]:
    return {call.script.source for call in calls if call.script}


def _read_all(calls: Sequence[Call[T]], raw: Sequence[Reply]) -> list[T | Exception]:
    answers: list[T | Exception] = []
    for call, reply in zip(calls, raw, strict=True):
        if isinstance(reply, RedisError):
            answers.append(our_error(reply))
            continue
        try:
            answers.append(call.read(reply))
        except BulkwireError as refusal:
            answers.append(refusal)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
            # What a call could not read is the trouble of its account, and the text may quote it.
            kind = type(fault).__name__
            answers.append(StoreError(f"what the store holds cannot be read: {call.name} ({kind})"))
    return answers
