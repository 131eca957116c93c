"""A TCP proxy on loopback that can stall, slow down and cut what goes through it.

While it refuses connections, a socket that is bound to its port and does not listen keeps the port
from everybody else.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from bulkwire_cli.chaos.send_requests import SendRequests

__all__ = ["Behaviour", "Mode", "TcpProxy", "open_proxy"]

HOST: Final = "127.0.0.1"
CHUNK: Final = 65_536
BACKLOG: Final = 512


class Mode(Enum):
    """What a proxy does with what goes through it."""

    OPEN = "open"
    STALL = "stall"  # nothing gets through, connections stay open
    DROP_REPLIES = "drop_replies"  # the request gets through, the connection is cut at its answer
    RESET_REQUESTS = "reset_requests"  # the request is read to its end, then the connection is cut


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a proxy behaves, in both directions."""

    mode: Mode = Mode.OPEN
    delay_s: float = 0.0
    """Added to every piece in each direction."""
    cuts: int = 0
    """How many connections are cut, one request each; then the proxy is open again."""
    only_sends: bool = False
    """Cut only requests that send messages."""


class TcpProxy:
    """One proxy; make it with `open_proxy`. Belongs to the event loop it was made on."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._holder = _bound(0)
        self._behaviour = Behaviour()
        self._moving = asyncio.Event()
        self._moving.set()
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self.cut_ids: set[str] = set()
        """Messages whose send request was cut off, ever."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._holder.getsockname()[1])

    @property
    def cuts_left(self) -> int:
        """How many connections are still to be cut."""
        return self._behaviour.cuts

    def behave(self, behaviour: Behaviour) -> None:
        """Behaves so from now on, with the connections that are open, too."""
        self._behaviour = behaviour
        if behaviour.mode is Mode.STALL:
            self._moving.clear()
        else:
            self._moving.set()

    async def listen(self) -> None:
        """Accepts connections, from now on or again."""
        if self._server is None:
            listener = _bound(self.port)
            self._server = await asyncio.start_server(self._accept, sock=listener, backlog=BACKLOG)

    async def refuse(self) -> None:
        """Cuts every connection and refuses new ones, as where no server runs."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._connections):
            writer.transport.abort()

    async def close(self) -> None:
        """Ends it and every connection."""
        await self.refuse()
        tasks = list(self._connections.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._holder.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: asyncio complains of each of its own that is cancelled.
        self._connections[writer] = asyncio.create_task(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._upstream_port)
            await self._carry(_Connection(reader, writer, far_reader, far_writer))
        except OSError:
            writer.transport.abort()
        finally:
            await _closed(writer)
            del self._connections[writer]

    async def _carry(self, connection: "_Connection") -> None:
        ways = (
            asyncio.create_task(self._carry_requests(connection)),
            asyncio.create_task(self._carry_answers(connection)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            # What was written goes out first: a command of a client that is gone still arrives.
            # Before anything is waited for: this task may be cancelled meanwhile.
            connection.far_writer.close()
            await asyncio.gather(*ways, return_exceptions=True)
            await _closed(connection.far_writer)

    async def _carry_requests(self, connection: "_Connection") -> None:
        with suppress(OSError):
            while data := await connection.reader.read(CHUNK):
                await self._hold_up()
                connection.seen.feed(data)
                connection.kept += data
                if self._takes(Mode.RESET_REQUESTS, connection):
                    if connection.seen.complete:
                        self._cut(connection)
                        return
                    continue
                connection.far_writer.write(connection.kept)
                connection.kept = b""
                await connection.far_writer.drain()

    async def _carry_answers(self, connection: "_Connection") -> None:
        with suppress(OSError):
            while data := await connection.far_reader.read(CHUNK):
                await self._hold_up()
                if self._takes(Mode.DROP_REPLIES, connection):
                    self._cut(connection)
                    return
                connection.seen.answered()
                connection.writer.write(data)
                await connection.writer.drain()

    async def _hold_up(self) -> None:
        await self._moving.wait()
        if self._behaviour.delay_s:
            await asyncio.sleep(self._behaviour.delay_s)

    def _takes(self, mode: Mode, connection: "_Connection") -> bool:
        behaviour = self._behaviour
        wanted = connection.seen.is_send or not behaviour.only_sends
        return behaviour.mode is mode and behaviour.cuts > 0 and wanted

    def _cut(self, connection: "_Connection") -> None:
        self.cut_ids |= connection.seen.ids()
        self._behaviour = replace(self._behaviour, cuts=self._behaviour.cuts - 1)
        connection.writer.transport.abort()


@dataclass(slots=True)
class _Connection:
    """Both ends of what goes through."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far_reader: asyncio.StreamReader
    far_writer: asyncio.StreamWriter
    seen: SendRequests = field(default_factory=SendRequests)
    kept: bytes = b""
    """Read, and not passed on yet."""


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    # Both sockets of the port have to allow each other.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((HOST, port))
    return sock


@asynccontextmanager
async def open_proxy(upstream_port: int) -> AsyncIterator[TcpProxy]:
    """A proxy to a port on loopback; it listens until the end of the block."""
    proxy = TcpProxy(upstream_port)
    try:
        await proxy.listen()
        yield proxy
    finally:
        await proxy.close()
