"""One request to a misbehaving server, and everything that can be known about it afterwards."""

import asyncio
import math
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bulkwire_workers.one_api.answers import SendAnswer
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.wire import WireOptions

__all__ = ["ACCEPTED", "BODY", "IMPATIENT", "KEY", "Attempt", "Run", "attempt", "send", "stop"]

KEY = "the-raw-key-4f1d"
BODY = b'{"messages":[{"to":"27821234567","content":"Your code is 4711"}]}'
ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Length: 52\r\n\r\n"
    b'{"messages":[{"apiMessageId":"a1","accepted":true}]}'
)
IMPATIENT = WireOptions(
    connect_timeout_s=1.0,
    read_timeout_s=0.5,
    write_timeout_s=0.5,
    pool_timeout_s=0.2,
    pools=1,
    connections_per_pool=1,
)

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@dataclass(frozen=True)
class Attempt:
    """Either an answer or an error, and what the trace event recorded."""

    answer: SendAnswer | None
    error: ProviderError | None
    departure: Departure


async def attempt(
    url: str,
    *,
    body: bytes = BODY,
    tls: ssl.SSLContext | None = None,
    deadline: float = math.inf,
) -> Attempt:
    """Send once with a fresh client."""
    async with OneApi(url, KEY, options=IMPATIENT, tls=tls) as api:
        return await send(api, body=body, deadline=deadline)


async def send(
    api: OneApi,
    *,
    body: bytes = BODY,
    deadline: float = math.inf,
    departure: Departure | None = None,
) -> Attempt:
    """Send once; a `ProviderError` is part of the result, anything else fails the test."""
    record = departure or Departure()
    try:
        answer = await api.send(body, deadline=deadline, departure=record)
    except ProviderError as error:
        return Attempt(None, error, record)
    return Attempt(answer, None, record)


async def stop(task: asyncio.Task[Attempt]) -> None:
    """Cancel and wait for the end, which must be a cancellation."""
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
