"""Run the simulator until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import uvloop
from aiohttp import web

from bulkwire_cli.simulator.api import Api
from bulkwire_cli.simulator.control import Control
from bulkwire_cli.simulator.provider import Provider
from bulkwire_cli.simulator.scenario import Scenario

__all__ = ["Options", "application", "serve"]

# Beyond the provider's 30 MB for a file: what is bigger gets a bare 413.
MAX_BODY: Final = 32_000_000
READ_SIZE: Final = 65_536
OBJECTS_PER_COLLECTION: Final = 100_000


@dataclass(frozen=True, slots=True)
class Options:
    """Where to listen. Port 0: any free one."""

    host: str = "127.0.0.1"
    port: int = 0
    keepalive_s: float = 75.0
    """An idle connection is closed after so many seconds."""
    exit_with_stdin: bool = False
    """Stop when standard input ends, as it does when the process that started us is gone."""


def application(provider: Provider) -> web.Application:
    """The One API and the control endpoints on one provider."""
    app = web.Application(client_max_size=MAX_BODY)
    app.add_routes(Api(provider).routes())
    app.add_routes(Control(provider).routes())
    return app


def serve(scenario: Scenario, options: Options, announce: Callable[[str], None]) -> None:
    """Listen until SIGTERM, SIGINT or the end of standard input; `announce` gets the address.

    Raises OSError where the address cannot be listened on.
    """
    # Every message stays, and none is part of a cycle: walking them all again and again is waste.
    gc.set_threshold(OBJECTS_PER_COLLECTION, 20, 100)
    uvloop.run(_serve(scenario, options, announce))


async def _serve(scenario: Scenario, options: Options, announce: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        application(Provider(scenario)),
        access_log=None,
        # A request that hangs on purpose ends with its connection, and never delays the end
        # (0 would mean to aiohttp: wait for ever).
        handler_cancellation=True,
        shutdown_timeout=0.01,
        keepalive_timeout=options.keepalive_s,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port, backlog=1024)
        await site.start()
        announce(_url(runner))
        if options.exit_with_stdin:
            loop.add_reader(sys.stdin.fileno(), _read_stdin, stop)
        await stop.wait()
    finally:
        await runner.cleanup()


def _read_stdin(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), READ_SIZE):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
