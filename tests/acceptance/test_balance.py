"""A balance that runs out costs what was rejected, and with redriving not even that."""

from bulkwire.states import Category, State
from bulkwire_cli.simulator.client import SimulatorClient
from support import wait_until
from support.shop import Shop, Simulate
from support.worker import StartWorker

MESSAGES = 4000
PAID_FOR = 1000
REQUESTS = 4
IN_FLIGHT = REQUESTS * 100


def rejected(provider: SimulatorClient) -> int:
    return provider.summary(statuses=False).messages.rejected_by_code.get(20, 0)


def balance_looks(provider: SimulatorClient) -> int:
    return sum(provider.summary(statuses=False).requests.get("balance", {}).values())


def test_a_campaign_whose_balance_runs_out_is_delivered_whole_after_the_top_up_without_a_command(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    price = 0.01
    provider = simulate(account={"balance": PAID_FOR * price, "price": price}, latency_ms=[10, 30])

    with start_worker(REQUESTS=str(REQUESTS), REDRIVE_ON_LIFT="true"):
        shop.enqueue(range(MESSAGES), campaign="spring")
        hold = wait_until(lambda: shop.holds().get("balance"), 20, "the hold")
        wait_until(lambda: not shop.counts().get("sending"), 10, "the requests on their way")
        lost = rejected(provider)
        dead = [m for m in shop.messages(range(MESSAGES)) if m.state is State.DEAD]
        assert hold.redrive
        assert 0 < lost <= IN_FLIGHT
        assert len(dead) == lost == shop.counts()["dead"]
        assert {(m.category, m.code) for m in dead} == {(Category.ACCOUNT, 20)}
        assert shop.counts()["queued"] == MESSAGES - PAID_FOR - lost

        provider.set_balance(1000.0)
        shop.wait_for(delivered=MESSAGES, within=60)

    assert rejected(provider) <= lost + 1, "a single message tried the hold"
    assert shop.holds() == {}
    assert provider.summary().recipients.received_more_than_one == 0
    shop.assert_conserved(MESSAGES)


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
        wait_until(lambda: balance_looks(provider) >= 3, 40, "looks at the balance")
        seen = provider.summary(statuses=False)
        trials = seen.batch_sizes.histogram.get(1, 0)
        assert trials == 1
        assert seen.requests["send"]["bare_402"] <= 2 * REQUESTS
        assert shop.counts()["dead"] <= 2 * IN_FLIGHT
        hold = shop.holds()["balance"]
        assert hold.balance == 0.49
        assert hold.probe_at_ms is None

        provider.set_balance(1000.0)
        shop.wait_until_final(60)

    counts = shop.counts()
    assert counts["delivered"] == messages - counts["dead"]
    assert provider.summary().recipients.received_more_than_one == 0
