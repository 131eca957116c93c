"""Redis, the broker or the provider goes away in mid-campaign and comes back."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bulkwire_cli.private_server import PrivateServer, start_private_server
from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from support import wait_until
from support.shop import Shop, Simulate
from support.worker import StartWorker, Worker, running_worker

MESSAGES = 1000
SLOWLY = {"latency_ms": [100, 300]}
LONGER_THAN_A_LEASE_S = 3.0


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    """A server that keeps its data over a crash, as in production."""
    with start_private_server(appendonly=True) as running:
        yield running


def wait_for_progress(provider: SimulatorClient) -> None:
    wait_until(
        lambda: provider.summary(statuses=False).messages.accepted > 300, 60, "some messages"
    )


def assert_all_delivered_once(shop: Shop, provider: SimulatorClient) -> None:
    shop.wait_for(delivered=MESSAGES)
    shop.assert_conserved(MESSAGES)
    assert set(Counter(entry.to for entry in provider.ledger()).values()) == {1}


def go_on(worker: Worker, shop: Shop) -> None:
    """It still takes new work."""
    shop.enqueue([MESSAGES])
    shop.wait_for(delivered=MESSAGES + 1)
    assert len(worker.children()) == 2


def test_redis_is_killed_and_comes_back_from_its_file(
    simulate: Simulate, shop: Shop, start_worker: StartWorker, server: PrivateServer
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES), campaign="spring")

    with start_worker(troubled=True, LEASE="2", REQUESTS="4") as worker:
        wait_for_progress(provider)
        server.kill()
        time.sleep(LONGER_THAN_A_LEASE_S)
        server.restart()
        assert_all_delivered_once(shop, provider)
        go_on(worker, shop)


def test_a_right_that_is_missing_for_a_while_costs_no_answer(
    simulate: Simulate,
    shop: Shop,
    server: PrivateServer,
    simulator: RunningSimulator,
    tmp_path: Path,
) -> None:
    provider = simulate(latency_ms=[500, 900])
    shop.enqueue(range(MESSAGES))
    url = server.url.replace("redis://", "redis://worker:secret@")
    with redis.Redis.from_url(server.url) as operator:

        def rights(*words: str) -> None:
            operator.execute_command("ACL", "SETUSER", "worker", *words)

        rights("on", ">secret", "~*", "&*", "+@all")
        with running_worker(
            url,
            simulator.url,
            tmp_path,
            troubled=True,
            REQUESTS="4",
            BROKER_URL=server.url.replace("/0", "/1"),
        ):
            wait_for_progress(provider)
            rights("-evalsha")
            time.sleep(LONGER_THAN_A_LEASE_S)
            rights("+evalsha")
            assert_all_delivered_once(shop, provider)


def test_redis_hangs_and_goes_on(
    simulate: Simulate, shop: Shop, start_worker: StartWorker, server: PrivateServer
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES))

    with start_worker(troubled=True, LEASE="2", REQUESTS="4") as worker:
        wait_for_progress(provider)
        server.pause()
        time.sleep(LONGER_THAN_A_LEASE_S)
        server.resume()
        assert_all_delivered_once(shop, provider)
        go_on(worker, shop)


def test_the_broker_alone_goes_away_and_comes_back(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES))

    with (
        start_private_server() as broker,
        start_worker(troubled=True, BROKER_URL=broker.url, REQUESTS="4") as worker,
    ):
        wait_for_progress(provider)
        broker.kill()
        time.sleep(LONGER_THAN_A_LEASE_S)
        broker.restart()
        assert_all_delivered_once(shop, provider)
        go_on(worker, shop)


def test_a_provider_that_cannot_be_reached_costs_no_attempt(
    shop: Shop, server: PrivateServer, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shop.enqueue(range(500))

    with running_worker(server.url, f"http://127.0.0.1:{port}", tmp_path):
        shop.wait_for_hold("rate")
        with start_simulator("smooth", port=port) as simulator:
            shop.wait_for(delivered=500)
            assert simulator.client.summary().recipients.received_more_than_one == 0
    assert {m.attempts for m in shop.messages(range(500))} == {1}
    assert shop.holds() == {}
