"""A provider that limits the rate is used nearly fully, and seldom asked for more."""

import itertools
import time

import pytest

from bulkwire.states import Channel
from bulkwire.store.rates import read_rate
from bulkwire_cli.simulator.client import SimulatorClient
from support import wait_until
from support.shop import Shop, Simulate
from support.worker import StartWorker

pytestmark = pytest.mark.alone

LIMIT = 1_000
SETTLED_AFTER_S = 6.0
WINDOW_S, WINDOWS = 3.0, 3
MESSAGES = 30_000
UNWATCHED = {"FIRST_CHECK": "600"}
"""The machine is small: status checks would only take the processors from what is measured."""


def counted(provider: SimulatorClient) -> tuple[float, int, int]:
    """The provider's time, and the messages that came and that were accepted until then."""
    summary = provider.summary(statuses=False)
    return summary.uptime_s, summary.messages.seen, summary.messages.accepted


def measured(provider: SimulatorClient) -> list[tuple[float, int, int]]:
    """What was counted before, between and after the windows."""
    counts = [counted(provider)]
    for _ in range(WINDOWS):
        time.sleep(WINDOW_S)
        counts.append(counted(provider))
    return counts


def rates(counts: list[tuple[float, int, int]]) -> list[float]:
    """Accepted messages a second in each window: the best of them tells what is possible, as a
    machine with other work may stand still in one."""
    return [(b[2] - a[2]) / (b[0] - a[0]) for a, b in itertools.pairwise(counts)]


def login_code_s(shop: Shop, n: int) -> float:
    """Seconds until an urgent message is accepted."""
    asked = time.monotonic()
    shop.enqueue([n], priority="high")
    wait_until(lambda: shop.message(n).api_id, 60, "the login code")
    return time.monotonic() - asked


def test_four_processes_together_settle_at_the_limit_that_nobody_told_them(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    shop.hold()
    shop.enqueue(range(MESSAGES), campaign="spring")
    provider = simulate(limit_per_second=LIMIT, latency_ms=[20, 60])
    with start_worker(senders=4, **UNWATCHED):
        shop.lift("operator")
        wait_until(lambda: provider.summary(statuses=False).messages.accepted, 60, "the first one")
        time.sleep(SETTLED_AFTER_S)
        counts = measured(provider)
        soonest = min(login_code_s(shop, MESSAGES + n) for n in range(3))
        assert soonest < 1.5, "a limited campaign doesn't delay a login code"
        assert shop.counts()["queued"] > 0, "the campaign was to be longer than the measurement"
        assert shop.holds() == {}
        learned = shop.store.run(read_rate(shop.keys, Channel.SMS))
        assert learned.ceiling
        shop.hold()
        shop.wait_for(sending=0)
    assert max(rates(counts)) / LIMIT > 0.85
    (_, came_before, accepted_before), (_, came, accepted) = counts[0], counts[-1]
    refused = 1 - (accepted - accepted_before) / (came - came_before)
    # One or two requests of ten a second, each half a minute: it may fall into these few seconds.
    assert refused < 0.06
    assert provider.summary().recipients.received_more_than_one == 0


def test_a_configured_ceiling_is_kept_by_all_processes_together(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    shop.hold()
    shop.enqueue(range(3_000))
    provider = simulate()
    with start_worker(senders=2, SMS_PER_SECOND="200", **UNWATCHED):
        shop.lift("operator")
        wait_until(lambda: provider.summary(statuses=False).messages.accepted, 60, "the first one")
        counts = measured(provider)
        shop.hold()
        shop.wait_for(sending=0)
    assert max(rates(counts)) > 150
    (began, _, before), (ended, _, accepted) = counts[0], counts[-1]
    assert (accepted - before) / (ended - began) < 230
