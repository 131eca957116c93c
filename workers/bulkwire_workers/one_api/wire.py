"""One HTTP exchange: a request in, whatever was answered out, over pools of connections.

`exchange` gives the whole answer, `stream` gives it piece by piece.

Uses httpx's bare transport. It follows no redirect, keeps no cookie and reads no environment,
and httpx's own is the only one known to tell a failed connect from a hang-up after the request.
"""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import ProviderError, in_our_words
from bulkwire_workers.one_api.retry_after import retry_after_s

__all__ = ["Incoming", "Received", "Wire", "WireOptions"]

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""A hundred results take about 20 kB."""


@dataclass(frozen=True, slots=True)
class WireOptions:
    """Timeouts in seconds, and how many connections there may be.

    One httpx pool slows down with its number of connections, many small ones don't.
    """

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 60.0
    write_timeout_s: float = 60.0
    pool_timeout_s: float = 5.0
    pools: int = 16
    connections_per_pool: int = 2
    keepalive_expiry_s: float = 4.0
    """Below the idle timeout of servers, of which 5 s is the shortest common one: what is written
    to a connection that the server is just closing ends in doubt."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer as it came. `fault` says why the body could not be received whole."""

    http_status: int
    body: bytes = b""
    fault: str | None = None
    retry_after_s: float | None = None


class Wire:
    """Connections to one address. Belongs to the event loop that it is first used on."""

    def __init__(self, tls: ssl.SSLContext, options: WireOptions) -> None:
        self._pools = tuple(_pool(tls, options) for _ in range(options.pools))
        self._busy = [0] * options.pools
        self._timeouts = httpx.Timeout(
            connect=options.connect_timeout_s,
            read=options.read_timeout_s,
            write=options.write_timeout_s,
            pool=options.pool_timeout_s,
        ).as_dict()

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        departure: Departure,
        body: bytes | AsyncIterator[bytes] | None = None,
    ) -> Received:
        """Send one request and read its answer. A body in pieces needs its `Content-Length` among
        the headers. Raises only `ProviderError` (and cancellation)."""
        return await in_our_words(self._exchange(method, url, headers, departure, body), departure)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        departure: Departure,
    ) -> AsyncIterator["Incoming"]:
        """Send one request; its answer can be read while this is open.

        Raises `ProviderError`; what the caller raises while this is open stays what it is.
        """
        with self._least_busy() as pool:
            request = self._request(method, url, headers, departure, None)
            response = await in_our_words(pool.handle_async_request(request), departure)
            try:
                yield Incoming(response, departure)
            finally:
                with suppress(ProviderError):
                    await in_our_words(response.aclose(), departure)

    async def aclose(self) -> None:
        """Close every connection, also where closing one fails."""
        async with AsyncExitStack() as stack:
            for pool in self._pools:
                stack.push_async_callback(pool.aclose)

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        departure: Departure,
        body: bytes | AsyncIterator[bytes] | None,
    ) -> Received:
        request = self._request(method, url, headers, departure, body)
        with self._least_busy() as pool:
            response = await pool.handle_async_request(request)
            return await _receive(response, departure)

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        departure: Departure,
        body: bytes | AsyncIterator[bytes] | None,
    ) -> httpx.Request:
        extensions = {"timeout": self._timeouts, "trace": departure.trace}
        return httpx.Request(method, url, headers=headers, content=body, extensions=extensions)

    @contextmanager
    def _least_busy(self) -> Iterator[httpx.AsyncHTTPTransport]:
        # The first of equals: few requests at a time then keep few connections warm.
        index = min(range(len(self._busy)), key=self._busy.__getitem__)
        self._busy[index] += 1
        try:
            yield self._pools[index]
        finally:
            self._busy[index] -= 1


def _pool(tls: ssl.SSLContext, options: WireOptions) -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(
        verify=tls,
        trust_env=False,
        http1=True,
        http2=False,
        retries=0,
        limits=httpx.Limits(
            max_connections=options.connections_per_pool,
            max_keepalive_connections=options.connections_per_pool,
            keepalive_expiry=options.keepalive_expiry_s,
        ),
    )


class Incoming:
    """An answer whose status has come, and whose body comes as it is asked for."""

    def __init__(self, response: httpx.Response, departure: Departure) -> None:
        self.http_status = response.status_code
        self.content_type: str | None = response.headers.get("content-type")
        length = response.headers.get("content-length", "")
        self.size = int(length) if length.isascii() and length.isdecimal() else None
        """Bytes of the body, where the answer says."""
        self._response = response
        self._departure = departure

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body. Raises `ProviderError` where it ends too early, or comes no further."""
        pieces = self._response.aiter_bytes()
        while True:
            piece = await in_our_words(anext(pieces, None), self._departure)
            if piece is None:
                return
            yield piece

    async def received(self) -> Received:
        """The whole answer, for one that is not what was asked for."""
        return await _receive(self._response, self._departure)


async def _receive(response: httpx.Response, departure: Departure) -> Received:
    """The answer with its body, or with why there is none: the status alone can decide a lot."""
    try:
        content, fault = await in_our_words(_read_capped(response), departure)
    except ProviderError as error:
        content, fault = b"", error.reason
    return Received(
        http_status=response.status_code,
        body=content,
        fault=fault,
        retry_after_s=retry_after_s(response.headers.get("retry-after"), now=datetime.now(UTC)),
    )


async def _read_capped(response: httpx.Response) -> tuple[bytes, str | None]:
    content = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                return b"", "too_large"
    finally:
        await response.aclose()
    return bytes(content), None
