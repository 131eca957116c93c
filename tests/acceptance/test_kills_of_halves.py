"""A worker is killed while it sends a batch in halves: only what had departed is in doubt."""

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import pytest

from bulkwire_cli.simulator.client import SimulatorClient
from support import wait_until
from support.shop import Shop, Simulate, number
from support.worker import StartWorker

Moment: TypeAlias = Callable[[SimulatorClient], bool]
MESSAGES = 100
HALF = MESSAGES // 2
KNOWN = 1000
"""The recipient of a message that went through before: so the worker knows who answers there."""


def while_the_second_request_has_no_answer(provider: SimulatorClient) -> bool:
    return provider.summary().messages.accepted == HALF


def while_it_asks_who_answers_before_the_third(provider: SimulatorClient) -> bool:
    return bool(provider.summary().requests.get("balance"))


@pytest.mark.parametrize(
    ("second", "moment"),
    [
        ("hang_after", while_the_second_request_has_no_answer),
        ("reset_after", while_it_asks_who_answers_before_the_third),
    ],
)
def test_the_second_half_of_a_batch_is_not_in_doubt_before_it_departs(
    simulate: Simulate, shop: Shop, start_worker: StartWorker, second: str, moment: Moment
) -> None:
    simulate()
    with start_worker(troubled=True, LEASE="2") as worker:
        shop.enqueue([KNOWN])
        shop.wait_for(delivered=1)
        provider = simulate(first_requests=["code_22", second], other_requests={"hang_before": 1.0})
        shop.hold()
        shop.enqueue(range(MESSAGES))
        shop.lift("operator")
        wait_until(lambda: moment(provider), 30, "the moment")
        worker.kill()
    sent = Counter(entry.to for entry in provider.ledger())
    provider = simulate()
    with start_worker(LEASE="2"):
        shop.wait_for(in_doubt=HALF, delivered=1 + HALF)

    in_doubt = [m for m in shop.messages(range(MESSAGES)) if m.state == "in_doubt"]
    assert {m.recipient for m in in_doubt} == set(sent)
    assert {m.request for m in in_doubt} == {2}
    received = sent + Counter(entry.to for entry in provider.ledger())
    assert received == Counter(number(n) for n in range(MESSAGES))
