"""What a worker has to wait for does not make it unhealthy, nor end it, however long it takes."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import redis

from bulkwire import Bulkwire
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.private_server import PrivateServer, start_private_server
from bulkwire_cli.simulator.process import RunningSimulator
from support import wait_until
from support.health import assert_healthy_for
from support.shop import Shop, Simulate
from support.worker import StartWorker, Worker, running_worker

MESSAGES: Final = 2000
STUCK_AFTER_S: Final = 6.0
LONGER_S: Final = 9.0
SOON: Final[dict[str, Any]] = {"STUCK_AFTER": str(STUCK_AFTER_S), "LEASE": "2"}


def test_nothing_to_do(simulate: Simulate, shop: Shop, start_worker: StartWorker) -> None:
    simulate()
    with start_worker(**SOON) as worker:
        assert_healthy_for(LONGER_S, worker, **SOON)
        shop.enqueue([1])
        shop.wait_for(delivered=1)


def test_a_rate_of_one_message_a_minute(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    simulate()
    slowly = {**SOON, "SMS_PER_SECOND": "0.0167"}
    shop.enqueue(range(50))
    with start_worker(**slowly) as worker:
        wait_until(lambda: shop.counts().get("delivered"), 60, "the first message")
        assert_healthy_for(LONGER_S, worker, **slowly)
        assert shop.counts()["queued"] >= 48


def test_a_hold_of_an_operator(simulate: Simulate, shop: Shop, start_worker: StartWorker) -> None:
    simulate()
    shop.hold()
    shop.enqueue(range(50))
    with start_worker(**SOON) as worker:
        assert_healthy_for(LONGER_S, worker, **SOON)
        shop.lift("operator")
        shop.wait_for(delivered=50)


def test_a_provider_that_answers_503(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    simulate(requests={"bare_503": 1.0})
    shop.enqueue(range(300))
    with start_worker(**SOON) as worker:
        wait_until(lambda: shop.holds().get("rate"), 60, "the hold")
        assert_healthy_for(LONGER_S, worker, **SOON)


def test_a_provider_that_cannot_be_reached(
    shop: Shop, server: PrivateServer, tmp_path: Path
) -> None:
    shop.enqueue(range(300))
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with running_worker(server.url, nowhere, tmp_path, **SOON) as worker:
            wait_until(lambda: shop.holds().get("rate"), 60, "the hold")
            assert_healthy_for(LONGER_S, worker, **SOON)


def test_a_provider_that_does_not_answer(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    simulate(latency_ms=[60_000, 60_000])
    hung = {**SOON, "READ_TIMEOUT": "20", "REQUESTS": "2"}
    shop.enqueue(range(500))
    with start_worker(**hung) as worker:
        wait_until(lambda: shop.counts().get("sending"), 60, "a request")
        assert_healthy_for(LONGER_S, worker, **hung)
        worker.kill()


def test_a_broker_that_is_away(simulate: Simulate, shop: Shop, start_worker: StartWorker) -> None:
    simulate()
    with (
        start_private_server() as broker,
        start_worker(troubled=True, BROKER_URL=broker.url, **SOON) as worker,
    ):
        broker.kill()
        shop.enqueue(range(50))
        assert_healthy_for(2 * LONGER_S, worker, **SOON)
        broker.restart()
        shop.wait_for(delivered=50)
        assert worker.process.poll() is None


@contextmanager
def campaign_under_way(
    simulate: Simulate, simulator: RunningSimulator, folder: Path
) -> Iterator[tuple[PrivateServer, Shop, Worker]]:
    """A worker in mid-campaign on a server of its own."""
    provider = simulate(latency_ms=[100, 300])
    with start_private_server(appendonly=True) as own, own_shop(own.url) as shop:
        shop.enqueue(range(MESSAGES))
        with running_worker(own.url, simulator.url, folder, troubled=True, **SOON) as worker:
            wait_until(lambda: provider.summary(statuses=False).messages.accepted > 300)
            yield own, shop, worker
            shop.wait_for(delivered=MESSAGES)
            shop.assert_conserved(MESSAGES)
            assert set(Counter(entry.to for entry in provider.ledger()).values()) == {1}
            assert worker.process.poll() is None


@contextmanager
def own_shop(redis_url: str) -> Iterator[Shop]:
    with Bulkwire(redis_url=redis_url) as bulkwire, Store(redis_url) as store:
        yield Shop(bulkwire, store, Keys("default"))


def test_a_store_that_is_away(
    simulate: Simulate, simulator: RunningSimulator, tmp_path: Path
) -> None:
    with campaign_under_way(simulate, simulator, tmp_path) as (own, _, worker):
        own.kill()
        assert_healthy_for(LONGER_S, worker, **SOON)
        own.restart()


def test_a_store_that_is_a_replica_for_a_while(
    simulate: Simulate, simulator: RunningSimulator, tmp_path: Path
) -> None:
    with campaign_under_way(simulate, simulator, tmp_path) as (own, _, worker):
        client = redis.Redis.from_url(own.url)
        client.replicaof("127.0.0.1", "1")
        assert_healthy_for(LONGER_S, worker, **SOON)
        client.replicaof("NO", "ONE")
        client.close()
