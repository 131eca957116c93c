"""The server dies and comes back without its last second, or a copy of it takes over."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkwire_cli.private_server import PrivateServer, start_private_server
from bulkwire_cli.simulator.client import SimulatorClient
from support import wait_until
from support.shop import Shop, Simulate
from support.worker import StartWorker, Worker

MESSAGES = 2000
SLOWLY = {"latency_ms": [100, 300]}
APPEND_ONLY = "appendonlydir"


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    with start_private_server(appendonly=True) as running:
        yield running


def accepted(provider: SimulatorClient) -> int:
    return provider.summary(statuses=False).messages.accepted


def wait_for_accepted(provider: SimulatorClient, messages: int) -> None:
    wait_until(lambda: accepted(provider) >= messages, 60, f"{messages} accepted messages")


def roll_back(server: PrivateServer, copy: Path) -> None:
    """What a machine that dies leaves: the append-only file as it was a moment ago."""
    server.kill()
    shutil.rmtree(server.data_dir / APPEND_ONLY)
    shutil.copytree(copy, server.data_dir / APPEND_ONLY)
    server.restart()


def said_again(worker: Worker) -> int:
    """Messages that workers set right, by their log."""
    lines = (line for line in worker.output().splitlines() if '"said_again"' in line)
    return sum(json.loads(line)["set_right"] for line in lines)


def test_what_left_in_the_forgotten_second_is_not_sent_again(
    simulate: Simulate, shop: Shop, start_worker: StartWorker, server: PrivateServer, tmp_path: Path
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES), campaign="spring")

    with start_worker(troubled=True, senders=2, LEASE="3", REQUESTS="2") as worker:
        for n, messages in enumerate((200, 900)):
            wait_for_accepted(provider, messages)
            copy = shutil.copytree(server.data_dir / APPEND_ONLY, tmp_path / f"copy-{n}")
            wait_for_accepted(provider, accepted(provider) + 200)
            roll_back(server, copy)
            wait_until(lambda: "recovering" in shop.holds(), 60, "the hold")
        shop.wait_for(delivered=MESSAGES)
        shop.assert_conserved(MESSAGES)
        wait_until(lambda: not shop.holds(), 60, "the end of the hold")
        assert said_again(worker) > 100
    recipients = provider.summary().recipients
    assert recipients.received_more_than_one == 0


def test_a_server_that_forgot_nothing_costs_no_more_than_a_pause(
    simulate: Simulate, shop: Shop, start_worker: StartWorker, server: PrivateServer
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES), on_doubt="resend")

    with start_worker(troubled=True, LEASE="3", REQUESTS="4") as worker:
        wait_for_accepted(provider, 300)
        server.kill()
        server.restart()
        shop.wait_for(delivered=MESSAGES)
        assert said_again(worker) == 0
    assert provider.summary().recipients.received_more_than_one == 0
