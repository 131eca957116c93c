"""Both event loops that workers may run on, a client of the simulated provider, and TLS that trusts
the test server only."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from bulkwire_cli.simulator.process import RunningSimulator
from bulkwire_workers.one_api.client import OneApi

T = TypeVar("T")

CERTIFICATE = Path(__file__).with_name("loopback_certificate.pem")


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[[Coroutine[Any, Any, T]], T]]:
    """Runs a coroutine to its end on a fresh event loop."""
    factory = asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        yield runner.run


@pytest.fixture
def certificate() -> str:
    """A file with certificate and key of the test server, good for 127.0.0.1 and localhost."""
    return str(CERTIFICATE)


@pytest.fixture
def trusting_tls(certificate: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


@pytest.fixture
async def api(running: RunningSimulator) -> AsyncIterator[OneApi]:
    """A client of a provider without faults, which has seen nothing."""
    running.client.set_scenario({})
    running.client.reset()
    async with OneApi(running.url, "key") as api:
        yield api
