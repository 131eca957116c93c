"""A private server, a simulator and a worker for each module; every test begins with none of the
others' messages."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from bulkwire import Bulkwire
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.private_server import PrivateServer, start_private_server
from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from support.ownership import ownerless
from support.patience import patient_stores
from support.shop import Shop, Simulate
from support.telling import Tell
from support.waiting import wait_until
from support.worker import StartWorker, Worker, running_worker

QUICK = {"final_ms": [0, 100], "supplier_ms": [0, 0]}


@pytest.fixture(scope="module", autouse=True)
def _patient_applications() -> Iterator[None]:
    with patient_stores():
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    with start_private_server() as running:
        yield running


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with start_simulator("smooth") as running:
        yield running


@pytest.fixture(scope="module")
def worker(
    server: PrivateServer,
    simulator: RunningSimulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Worker]:
    """One worker with two sending processes for all tests of the module."""
    folder = tmp_path_factory.mktemp("worker")
    with running_worker(server.url, simulator.url, folder, senders=2) as running:
        yield running


@pytest.fixture
def start_worker(
    server: PrivateServer, simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory
) -> StartWorker:
    """Starts a worker for one test."""
    folder = tmp_path_factory.mktemp("workers")

    def start(**options: Any) -> contextlib.AbstractContextManager[Worker]:
        return running_worker(server.url, simulator.url, folder, **options)

    return start


@pytest.fixture
def simulate(simulator: RunningSimulator) -> Simulate:

    def begin(**scenario: Any) -> SimulatorClient:
        scenario["statuses"] = QUICK | scenario.get("statuses", {})
        simulator.client.set_scenario(scenario)
        simulator.client.reset()
        return simulator.client

    return begin


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Tell:

    def line(words: str) -> None:
        if request.node.get_closest_marker("full"):
            with capsys.disabled():
                sys.stdout.write(f"\n{words}\n")

    return line


@pytest.fixture
def shop(server: PrivateServer) -> Iterator[Shop]:
    """An application with an empty store. Celery's own keys stay: a worker may be running.

    At the end a roll, an index or a TTL accounts for every key: nothing was left behind.
    """
    with redis.Redis.from_url(server.url) as client:
        client.flushdb()
    with Bulkwire(redis_url=server.url) as bulkwire, Store(server.url) as store:
        yield Shop(bulkwire, store, Keys("default"))
    with redis.Redis.from_url(server.url) as client:
        wait_until(lambda: not ownerless(client), 60, "the last key to have an owner")
