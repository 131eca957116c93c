"""A balance that runs out costs what was rejected, and with redriving not even that."""

import time
from dataclasses import dataclass

import pytest

from bulkwire.states import Category, State
from bulkwire_cli.simulator.client import SimulatorClient
from support import wait_until
from support.shop import Shop, Simulate
from support.telling import Tell
from support.worker import StartWorker

REQUESTS = 4
IN_FLIGHT = REQUESTS * 100


@dataclass(frozen=True)
class Size:
    """How many messages there are, and how many of them the balance pays for."""

    messages: int
    paid_for: int


def rejected(provider: SimulatorClient) -> int:
    return provider.summary(statuses=False).messages.rejected_by_code.get(20, 0)


def balance_looks(provider: SimulatorClient) -> int:
    return sum(provider.summary(statuses=False).requests.get("balance", {}).values())


def trials(provider: SimulatorClient) -> int:
    return provider.summary(statuses=False).batch_sizes.histogram.get(1, 0)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(Size(4_000, paid_for=1_000), id="small"),
        pytest.param(
            Size(20_000, paid_for=5_000),
            id="full",
            marks=[pytest.mark.full, pytest.mark.timeout(600)],
        ),
    ],
)
def test_a_campaign_whose_balance_runs_out_is_delivered_whole_after_the_top_up_without_a_command(
    size: Size,
    simulate: Simulate,
    shop: Shop,
    start_worker: StartWorker,
    tell: Tell,
) -> None:
    price = 0.01
    provider = simulate(
        account={"balance": size.paid_for * price, "price": price}, latency_ms=[10, 30]
    )
    shop.enqueue(range(size.messages), campaign="spring")

    with start_worker(REQUESTS=str(REQUESTS), REDRIVE_ON_LIFT="true"):
        hold = shop.wait_for_hold("balance")
        lost = rejected(provider)
        dead = [m for m in shop.messages(range(size.messages)) if m.state is State.DEAD]
        assert hold.redrive
        assert 0 < lost <= IN_FLIGHT
        assert len(dead) == lost == shop.counts()["dead"]
        assert {(m.category, m.code) for m in dead} == {(Category.ACCOUNT, 20)}
        assert shop.counts()["queued"] == size.messages - size.paid_for - lost

        provider.set_balance(1_000.0)
        topped_up = time.monotonic()
        shop.wait_for(delivered=size.messages, within=300)
        took = time.monotonic() - topped_up

    assert rejected(provider) <= lost + 1, "a single message tried the hold"
    assert shop.holds() == {}
    assert provider.summary().recipients.received_more_than_one == 0
    shop.assert_conserved(size.messages)
    tell(
        f"{size.messages:,} messages, the balance pays for {size.paid_for:,}: {lost} rejected, "
        f"{trials(provider)} trial, {size.messages:,} delivered {took:.1f} s after the top-up "
        f"({lost} of them the second time they were sent), nobody received two"
    )


def test_a_balance_that_stays_just_above_zero_does_not_flap(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    messages = 1500
    # It pays for half a request, so single messages get through and requests don't.
    provider = simulate(
        account={"balance": 0.5, "price": 0.01, "exhausted": "request"}, latency_ms=[10, 30]
    )

    with start_worker(REQUESTS=str(REQUESTS)):
        shop.enqueue(range(messages), campaign="spring")
        # The first was the sending process's, which made sure of the address.
        wait_until(lambda: balance_looks(provider) >= 4, 60, "looks at the balance")
        seen = provider.summary(statuses=False)
        assert trials(provider) == 1
        assert seen.requests["send"]["bare_402"] <= 2 * REQUESTS
        assert shop.counts()["dead"] <= 2 * IN_FLIGHT
        hold = shop.holds()["balance"]
        assert hold.balance == 0.49
        assert hold.probe_at_ms is None

        provider.set_balance(1000.0)
        shop.wait_until_final()

    counts = shop.counts()
    assert counts["delivered"] == messages - counts["dead"]
    assert provider.summary().recipients.received_more_than_one == 0
