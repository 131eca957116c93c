"""SIGKILL, SIGTERM and SIGSTOP in mid-campaign: nothing is lost, nobody gets two, doubt is told.

By default a message in doubt is not sent again, so no recipient may ever get two.
"""

import random
import signal
import time
from collections import Counter
from functools import partial

import pytest

from bulkwire_cli.simulator.client import SimulatorClient
from support import wait_until
from support.shop import MOVING, Shop, Simulate, number
from support.worker import StartWorker, Worker

MESSAGES = 4000
REQUESTS = 4
SENDERS = 2
IN_FLIGHT = REQUESTS * SENDERS * 100
"""The most messages that can have departed at one moment."""


@pytest.fixture
def hurt_worker(start_worker: StartWorker) -> StartWorker:
    """Starts a worker whose leases lapse soon."""
    return partial(start_worker, senders=SENDERS, troubled=True, LEASE="2", REQUESTS=str(REQUESTS))


def wait_for_progress(shop: Shop, provider: SimulatorClient, messages: int) -> None:
    """Waits until the provider has taken so many more."""
    before = provider.summary(statuses=False).messages.accepted
    wait_until(
        lambda: (
            provider.summary(statuses=False).messages.accepted >= before + messages
            or not any(shop.counts().get(state) for state in MOVING)
        ),
        60,
        "progress",
    )


def stop_in_mid_request(worker: Worker, shop: Shop, provider: SimulatorClient) -> None:
    """Stops the worker while something that the provider took is still on its way for us."""

    def caught() -> bool:
        worker.signal_all(signal.SIGSTOP)
        told = sum(n for state, n in shop.counts().items() if state not in (*MOVING, "total"))
        if provider.summary(statuses=False).messages.accepted > told:
            return True
        worker.signal_all(signal.SIGCONT)
        return False

    wait_until(caught, message="a request on its way")


def assert_books_agree(shop: Shop, provider: SimulatorClient, total: int) -> int:
    """Nobody got two; who is not in doubt got one. Answers how many are in doubt."""
    shop.assert_conserved(total)
    received = Counter(entry.to for entry in provider.ledger())
    assert max(received.values()) == 1
    in_doubt = {m.recipient for m in shop.messages(range(total)) if m.state == "in_doubt"}
    assert {number(n) for n in range(total)} - in_doubt <= set(received)
    return len(in_doubt)


def test_a_worker_killed_again_and_again_loses_nothing_and_sends_nothing_twice(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(latency_ms=[100, 300])
    shop.enqueue(range(MESSAGES), campaign="spring")
    kills = 2

    for _ in range(kills):
        with hurt_worker(SMS_PER_SECOND="800") as worker:
            wait_for_progress(shop, provider, 500)
            stop_in_mid_request(worker, shop, provider)
            worker.kill()
        shop.assert_conserved(MESSAGES)
    with hurt_worker():
        shop.wait_until_sent()

    in_doubt = assert_books_agree(shop, provider, MESSAGES)
    assert 0 < in_doubt <= kills * IN_FLIGHT


def test_a_worker_killed_before_it_knows_who_answers_leaves_nothing_in_doubt(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(other_requests={"hang_before": 1.0})
    with hurt_worker() as worker:
        shop.enqueue(range(100))
        wait_until(lambda: provider.summary().requests.get("balance"), 60, "the question")
        worker.kill()
    assert not provider.summary().requests.get("send")
    simulate()
    with hurt_worker():
        shop.wait_for(delivered=100)
    assert provider.summary().recipients.received_more_than_one == 0


def test_a_killed_pool_child_is_replaced_and_the_campaign_goes_on(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(latency_ms=[100, 300])
    shop.enqueue(range(MESSAGES))
    kills = 4

    with hurt_worker() as worker:
        for _ in range(kills):
            wait_for_progress(shop, provider, 300)
            random.choice(worker.children()).kill()
        shop.wait_until_sent()
        wait_until(lambda: len(worker.children()) == SENDERS + 1, 60, "a replacement")

    assert assert_books_agree(shop, provider, MESSAGES) <= kills * IN_FLIGHT


def test_children_whose_parent_is_killed_end_by_themselves(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(latency_ms=[100, 300])
    shop.enqueue(range(MESSAGES))

    with hurt_worker() as worker:
        wait_for_progress(shop, provider, 300)
        worker.process.kill()
        worker.wait_until_ended()
    with hurt_worker():
        shop.wait_until_sent()

    assert assert_books_agree(shop, provider, MESSAGES) <= IN_FLIGHT


def test_sigterm_lets_running_requests_end_and_leaves_nothing_in_doubt(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(latency_ms=[500, 900])
    shop.enqueue(range(MESSAGES))

    with hurt_worker() as worker:
        wait_for_progress(shop, provider, 300)
        began = time.monotonic()
        worker.stop()
        assert time.monotonic() - began < 30

    assert shop.counts().get("sending", 0) == 0
    assert assert_books_agree_so_far(shop, provider) == 0


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_every_process_leaves_nothing_in_doubt_either(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker, sent: signal.Signals
) -> None:
    provider = simulate(latency_ms=[500, 900])
    shop.enqueue(range(MESSAGES))

    with hurt_worker() as worker:
        wait_for_progress(shop, provider, 300)
        worker.signal_all(sent)
        worker.wait_until_ended()

    assert shop.counts().get("sending", 0) == 0
    assert assert_books_agree_so_far(shop, provider) == 0


def test_pool_children_that_are_told_to_end_alone_leave_nothing_in_doubt(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(latency_ms=[500, 900])
    shop.enqueue(range(MESSAGES))

    with hurt_worker() as worker:
        wait_for_progress(shop, provider, 300)
        for child in worker.children():
            child.send_signal(signal.SIGTERM)
        shop.wait_until_sent()
        assert "requests_cut_off" not in worker.output()

    assert assert_books_agree_so_far(shop, provider) == 0


def assert_books_agree_so_far(shop: Shop, provider: SimulatorClient) -> int:
    """What left is accepted or better, the rest waits. Answers how many are in doubt."""
    shop.assert_conserved(MESSAGES)
    received = Counter(entry.to for entry in provider.ledger())
    assert max(received.values()) == 1
    taken = {m.recipient for m in shop.messages(range(MESSAGES)) if m.state not in MOVING}
    assert taken == set(received)
    return shop.counts().get("in_doubt", 0)


def test_a_worker_that_stood_still_does_not_send_what_another_took_over(
    simulate: Simulate, shop: Shop, hurt_worker: StartWorker
) -> None:
    provider = simulate(latency_ms=[100, 300])
    shop.enqueue(range(MESSAGES))

    with hurt_worker() as stopped:
        wait_for_progress(shop, provider, 300)
        stopped.signal_all(signal.SIGSTOP)
        with hurt_worker():
            shop.wait_until_sent()
            stopped.signal_all(signal.SIGCONT)
            # What it had announced and surely not sent comes back from doubt now.
            stopped.stop()
            shop.wait_until_sent()

    assert assert_books_agree(shop, provider, MESSAGES) <= IN_FLIGHT


def test_sigterm_does_not_wait_for_what_waits_for_its_next_try(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    provider = simulate(requests={"retry_after_seconds": 1.0}, retry_after_s=18)
    shop.enqueue(range(1000))

    with start_worker() as worker:
        wait_until(lambda: provider.summary().requests.get("send"), 60, "a request")
        began = time.monotonic()
        worker.stop()
        assert time.monotonic() - began < 15

    assert shop.counts() == {"total": 1000, "queued": 1000}
