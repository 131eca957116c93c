"""The TCP proxy of the chaos harness, over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from bulkwire_cli.chaos.tcp_proxy import Behaviour, Mode, TcpProxy, open_proxy
from bulkwire_cli.chaos.waiting import holds_within

WAIT_S = 60.0
SHORT_S = 0.3
SEND = b"POST /v1/message HTTP/1.1\r\nContent-Length: 25\r\n\r\n" + b'{"clientMessageId":"m-1"}'


class Echo:
    """A server that says what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            self.heard += data
            writer.write(data)
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    echo.port = server.sockets[0].getsockname()[1]
    yield echo
    server.close()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[TcpProxy]:
    async with open_proxy(echo.port) as proxy:
        yield proxy


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(proxy: TcpProxy) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def said(reader: asyncio.StreamReader, size: int, within_s: float = WAIT_S) -> bytes:
    return await asyncio.wait_for(reader.readexactly(size), within_s)


async def test_an_open_proxy_passes_everything_on(proxy: TcpProxy) -> None:
    async with connected(proxy) as (reader, writer):
        for text in (b"hello", b"x" * 300_000):
            writer.write(text)
            assert await said(reader, len(text)) == text


async def test_what_a_client_wrote_before_it_went_still_arrives(
    proxy: TcpProxy, echo: Echo
) -> None:
    async with connected(proxy) as (_, writer):
        writer.write(b"last words")
    assert await holds_within(WAIT_S, lambda: echo.heard == b"last words")


async def test_a_stalled_proxy_keeps_connections_and_goes_on_later(proxy: TcpProxy) -> None:
    async with connected(proxy) as (reader, writer):
        proxy.behave(Behaviour(Mode.STALL))
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            await said(reader, 5, SHORT_S)
        proxy.behave(Behaviour())
        assert await said(reader, 5) == b"hello"


async def test_a_slow_proxy_takes_longer_in_both_directions(proxy: TcpProxy) -> None:
    async with connected(proxy) as (reader, writer):
        proxy.behave(Behaviour(delay_s=0.2))
        began = time.monotonic()
        writer.write(b"hello")
        assert await said(reader, 5) == b"hello"
        assert time.monotonic() - began >= 0.4


async def test_a_dropped_reply_leaves_the_request_carried_out(proxy: TcpProxy, echo: Echo) -> None:
    async with connected(proxy) as (reader, writer):
        proxy.behave(Behaviour(Mode.DROP_REPLIES, cuts=1))
        writer.write(SEND)
        await assert_cut(reader)
    assert echo.heard == SEND
    assert proxy.cut_ids == {"m-1"}
    assert proxy.cuts_left == 0
    async with connected(proxy) as (reader, writer):
        writer.write(b"again")
        assert await said(reader, 5) == b"again"


async def test_a_reset_request_never_arrives(proxy: TcpProxy, echo: Echo) -> None:
    proxy.behave(Behaviour(Mode.RESET_REQUESTS, cuts=1, only_sends=True))
    async with connected(proxy) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await said(reader, 18) == b"GET / HTTP/1.1\r\n\r\n"
        writer.write(SEND)
        await assert_cut(reader)
    assert b"POST" not in echo.heard
    assert proxy.cut_ids == {"m-1"}


async def test_who_refuses_cuts_what_is_open_and_can_listen_again(proxy: TcpProxy) -> None:
    port = proxy.port
    async with connected(proxy) as (reader, writer):
        writer.write(b"here")
        assert await said(reader, 4) == b"here"
        await proxy.refuse()
        await assert_cut(reader)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await proxy.listen()
    assert proxy.port == port
    async with connected(proxy) as (reader, writer):
        writer.write(b"back")
        assert await said(reader, 4) == b"back"


async def assert_cut(reader: asyncio.StreamReader) -> None:
    """The connection ends without another byte: by a reset, or where it was closed."""
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await said(reader, 1)
