"""One request to a misbehaving server, and everything that can be known about it afterwards."""

import asyncio
import math
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from bulkwire_workers.one_api.answers import SendAnswer
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.wire import WireOptions

__all__ = [
    "ACCEPTED",
    "BODY",
    "KEY",
    "NO_ANSWER",
    "NO_CONNECTION",
    "NO_FREE_CONNECTION",
    "NO_READER",
    "PATIENT",
    "Attempt",
    "Run",
    "attempt",
    "send",
    "stop",
]

KEY = "the-raw-key-4f1d"
BODY = b'{"messages":[{"to":"27821234567","content":"Your code is 4711"}]}'
ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Length: 52\r\n\r\n"
    b'{"messages":[{"apiMessageId":"a1","accepted":true}]}'
)
PATIENT = WireOptions(
    connect_timeout_s=60.0,
    read_timeout_s=60.0,
    write_timeout_s=60.0,
    pool_timeout_s=60.0,
    pools=1,
    connections_per_pool=1,
    keepalive_expiry_s=60.0,
)
"""For what comes to an end by itself, however busy the machine is."""
NO_CONNECTION = replace(PATIENT, connect_timeout_s=1.0)
NO_FREE_CONNECTION = replace(PATIENT, pool_timeout_s=0.2)
NO_READER = replace(PATIENT, write_timeout_s=0.5)
NO_ANSWER = replace(PATIENT, read_timeout_s=1.5)

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
    options: WireOptions = PATIENT,
) -> Attempt:
    """Send once with a fresh client."""
    async with OneApi(url, KEY, options=options, tls=tls) as api:
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
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()
