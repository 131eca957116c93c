"""Who goes first: a login code overtakes a campaign, and no campaign starves another."""

from collections.abc import Iterator

import pytest

from bulkwire_cli.private_server import PrivateServer
from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import RunningSimulator
from support import wait_until
from support.shop import Shop, Simulate, number
from support.worker import Worker, running_worker

REQUESTS = 4
LATENCY = {"latency_ms": [150, 150]}


@pytest.fixture(scope="module")
def slow_worker(
    server: PrivateServer,
    simulator: RunningSimulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Worker]:
    """A worker with few requests at a time."""
    folder = tmp_path_factory.mktemp("worker")
    with running_worker(server.url, simulator.url, folder, REQUESTS=str(REQUESTS)) as worker:
        yield worker


def order_of(provider: SimulatorClient) -> list[str]:
    """The numbers in the order in which the provider took them."""
    return [entry.to for entry in provider.ledger()]


def test_a_login_code_overtakes_a_campaign(
    simulate: Simulate, shop: Shop, slow_worker: Worker
) -> None:
    provider = simulate(**LATENCY)
    shop.enqueue(range(2500), campaign="spring")
    shop.enqueue(range(2500, 5000), campaign="summer", priority="low")
    wait_until(lambda: provider.summary(statuses=False).messages.accepted >= 500, 60, "sending")

    before = len(order_of(provider))
    shop.enqueue([9999], priority="high")
    shop.wait_until_sent()

    # What was claimed before it may still arrive before it, and no more than that.
    assert order_of(provider).index(number(9999)) <= before + REQUESTS * 100
    assert before < 4000


def test_low_is_served_while_normal_has_work(
    simulate: Simulate, shop: Shop, slow_worker: Worker
) -> None:
    provider = simulate(**LATENCY)
    shop.hold()
    shop.enqueue(range(3000))
    shop.enqueue(range(3000, 3100), priority="low")

    shop.lift("operator")
    shop.wait_until_sent()

    order = order_of(provider)
    assert order.index(number(3000)) < order.index(number(2999))


def test_two_campaigns_share_fairly(simulate: Simulate, shop: Shop, slow_worker: Worker) -> None:
    provider = simulate(**LATENCY)
    shop.hold()
    shop.enqueue(range(3000), campaign="big")
    shop.enqueue(range(3000, 3500), campaign="small")

    shop.lift("operator")
    shop.wait_until_sent()

    small = {number(n) for n in range(3000, 3500)}
    order = order_of(provider)
    last = max(at for at, to in enumerate(order) if to in small)
    assert last < 2 * len(small) + REQUESTS * 100
