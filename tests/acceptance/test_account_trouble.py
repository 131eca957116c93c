"""What hits the account never shreds a campaign: what was refused waits behind a hold."""

from collections.abc import Iterator

import pytest

from bulkwire.states import Category, State
from bulkwire_cli.private_server import PrivateServer
from bulkwire_cli.simulator.process import RunningSimulator
from support.shop import Shop, Simulate
from support.worker import API_KEY, Worker, running_worker

MESSAGES = 3000
ACCEPTS = {"keys": [API_KEY]}
REFUSES = {"bad_keys": [API_KEY]}


@pytest.fixture(scope="module")
def worker(
    server: PrivateServer, simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """A worker that can't have everything on its way before the first answer comes."""
    folder = tmp_path_factory.mktemp("worker")
    with running_worker(server.url, simulator.url, folder, senders=2, REQUESTS="4") as running:
        yield running


def requests_made(provider_summary: dict[str, dict[str, int]]) -> int:
    return sum(provider_summary.get("send", {}).values())


def test_a_refused_key_holds_everything_and_a_lifted_hold_sends_it(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(account=REFUSES)

    shop.enqueue(range(MESSAGES))
    hold = shop.wait_for_hold("auth")
    shop.wait_for(queued=MESSAGES)

    assert hold
    assert hold.probe_at_ms is not None
    assert hold.why == "api_key_invalid"
    assert requests_made(provider.summary().requests) < 10
    assert all(m.attempts == 0 for m in shop.messages(range(MESSAGES)))

    provider = simulate(account=ACCEPTS)
    shop.lift("auth")
    shop.wait_for(delivered=MESSAGES)
    assert provider.summary().recipients.received_more_than_one == 0
    assert shop.holds() == {}


def test_a_wrong_address_holds_everything_and_kills_nothing(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(requests={"bare_404": 1.0})

    shop.enqueue(range(MESSAGES))
    shop.wait_for_hold("refused")
    shop.wait_for(queued=MESSAGES)

    assert requests_made(provider.summary().requests) < 10
    provider = simulate()
    shop.lift("refused")
    shop.wait_for(delivered=MESSAGES)


def test_a_single_message_tries_a_hold_and_lifts_it(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(requests={"bare_429": 1.0})

    shop.enqueue(range(500))
    shop.wait_for_hold("rate")
    provider = simulate()
    shop.wait_for(delivered=500)

    assert shop.holds() == {}
    assert provider.summary().batch_sizes.histogram[1] >= 1
    assert provider.summary().recipients.received_more_than_one == 0


def test_a_used_up_balance_costs_only_what_was_refused_and_the_rest_goes_on_by_itself(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(account={"balance": 10.0, "price": 0.01}, latency_ms=[20, 40])

    shop.enqueue(range(MESSAGES))
    shop.wait_for_hold("balance")
    held = shop.counts()
    assert held["queued"] > 0
    dead = [m for m in shop.messages(range(MESSAGES)) if m.state is State.DEAD]
    assert {(m.category, m.reason, m.code) for m in dead} == {
        (Category.ACCOUNT, "insufficient_account_balance", 20)
    }

    provider.set_balance(1000.0)
    shop.wait_until_final()
    counts = shop.counts()
    # The first look at the balance may have tried one message before it was topped up.
    assert counts["dead"] <= len(dead) + 1
    assert counts["delivered"] == MESSAGES - counts["dead"]
    assert shop.holds() == {}
    assert provider.summary().recipients.received_more_than_one == 0
    shop.assert_conserved(MESSAGES)


def test_money_that_comes_right_after_a_trial_failed_is_seen(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(account={"balance": 0.005, "price": 0.01})

    shop.enqueue(range(100))
    shop.wait_for(dead=100)
    shop.enqueue(range(100, 300))
    shop.wait_for(dead=101)
    provider.set_balance(1000.0)

    shop.wait_for(delivered=199)


def test_a_bare_402_holds_the_account_too(simulate: Simulate, shop: Shop, worker: Worker) -> None:
    provider = simulate(account={"balance": 5.0, "price": 0.01, "exhausted": "request"})

    shop.enqueue(range(MESSAGES))
    shop.wait_for_hold("balance")
    provider.set_balance(1000.0)
    shop.wait_until_final()

    counts = shop.counts()
    assert counts["dead"] < 1500
    assert counts["delivered"] == MESSAGES - counts["dead"]
    assert provider.summary().recipients.received_more_than_one == 0


def test_a_channel_that_is_off_holds_only_itself(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    simulate(rules=[{"channel": "whatsapp", "answer": "code_38"}])

    shop.enqueue(range(100), channel="whatsapp")
    shop.wait_for_hold("refused:whatsapp")
    shop.enqueue(range(100, 200), channel="sms")
    shop.wait_for(delivered=100, queued=100)

    assert list(shop.holds()) == ["refused:whatsapp"]
