"""Put a decided answer on the wire, or break the connection in the way it asks for."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import web

from bulkwire_cli.simulator.answers import Kind
from bulkwire_cli.simulator.reply import JSON, Reply

__all__ = ["deliver"]

PAGE: Final = b"<!DOCTYPE html><title>Gateway</title><h1>Something went wrong</h1>"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


async def deliver(request: web.Request, reply: Reply, retry_after_s: int) -> web.Response:
    """The response to return; where the connection is broken, one that goes nowhere."""
    kind = reply.answer.kind
    if kind in _BREAKS:
        await _BREAKS[kind](request, reply)
        return web.Response()
    if kind is Kind.OK_CLOSE:
        # The client is told that the connection stays open, and finds it closed.
        asyncio.get_running_loop().call_later(0.005, _close, request)
    if kind in _GARBLED:
        return _GARBLED[kind](reply)
    response = _plain(reply)
    if kind is Kind.RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(retry_after_s)
    elif kind is Kind.RETRY_AFTER_DATE:
        at = datetime.now(UTC) + timedelta(seconds=retry_after_s)
        response.headers["Retry-After"] = format_datetime(at, usegmt=True)
    elif reply.answer.readable and request.transport and not request.transport.is_closing():
        for record in reply.records:
            record.answered = True
    return response


def _plain(reply: Reply) -> web.Response:
    if not reply.body:
        return web.Response(status=reply.status)
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


def _malformed(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body[:-2] + b",", content_type=JSON)


def _empty(reply: Reply) -> web.Response:
    return web.Response(status=reply.status)


def _html(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=PAGE, content_type="text/html")


def _html_502(_: Reply) -> web.Response:
    return web.Response(status=502, body=PAGE, content_type="text/html")


def _bad_gzip(reply: Reply) -> web.Response:
    return web.Response(
        status=reply.status,
        body=reply.body,
        content_type=JSON,
        headers={"Content-Encoding": "gzip"},
    )


def _bad_utf8(reply: Reply) -> web.Response:
    body = reply.body.replace(b'"', b'"\xff\xfe', 1)
    return web.Response(status=reply.status, body=body, content_type=JSON, charset="utf-8")


async def _reset(request: web.Request, _: Reply) -> None:
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


async def _finish(request: web.Request, _: Reply) -> None:
    _close(request)


async def _hang(_: web.Request, __: Reply) -> None:
    # Ends with the connection or the simulator, which cancel the handler.
    await asyncio.Event().wait()


async def _cut_off(request: web.Request, reply: Reply) -> None:
    transport = request.transport
    if transport is None:
        return
    head = (
        f"HTTP/1.1 {reply.status} Accepted\r\nContent-Type: {JSON}\r\n"
        f"Content-Length: {len(reply.body)}\r\n\r\n"
    )
    transport.write(head.encode() + reply.body[: len(reply.body) // 2])
    transport.close()


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


_BREAKS: Final[dict[Kind, Callable[[web.Request, Reply], Awaitable[None]]]] = {
    Kind.RESET_BEFORE: _reset,
    Kind.RESET_AFTER: _reset,
    Kind.CLOSE_BEFORE: _finish,
    Kind.CLOSE_AFTER: _finish,
    Kind.HANG_BEFORE: _hang,
    Kind.HANG_AFTER: _hang,
    Kind.CUT_OFF: _cut_off,
}
_GARBLED: Final[dict[Kind, Callable[[Reply], web.Response]]] = {
    Kind.MALFORMED: _malformed,
    Kind.EMPTY: _empty,
    Kind.HTML: _html,
    Kind.HTML_502: _html_502,
    Kind.BAD_GZIP: _bad_gzip,
    Kind.BAD_UTF8: _bad_utf8,
}
