"""A provider that limits the rate is used nearly fully, and seldom asked for more."""

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
MEASURED_S = 9.0
MESSAGES = 19_000
UNWATCHED = {"FIRST_CHECK": "600"}
"""The machine is small: status checks would only take the processors from what is measured."""


def counted(provider: SimulatorClient) -> tuple[float, int, int]:
    """The time, and the messages that came and that were accepted until then."""
    messages = provider.summary(statuses=False).messages
    return time.monotonic(), messages.seen, messages.accepted


def test_four_processes_together_settle_at_the_limit_that_nobody_told_them(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    shop.hold()
    shop.enqueue(range(MESSAGES), campaign="spring")
    provider = simulate(limit_per_second=LIMIT, latency_ms=[20, 60])
    with start_worker(senders=4, **UNWATCHED):
        shop.lift("operator")
        wait_until(lambda: provider.summary(statuses=False).messages.accepted, 20, "the first one")
        time.sleep(SETTLED_AFTER_S)
        began, came_before, accepted_before = counted(provider)
        time.sleep(MEASURED_S)
        ended, came, accepted = counted(provider)

        asked = time.monotonic()
        shop.enqueue([MESSAGES], priority="high")
        wait_until(lambda: shop.message(MESSAGES).api_id, 5, "the login code")
        assert time.monotonic() - asked < 1.5, "a limited campaign doesn't delay a login code"

        assert shop.counts()["queued"] > 0, "the campaign was to be longer than the measurement"
        assert shop.holds() == {}
        learned = shop.store.run(read_rate(shop.keys, Channel.SMS))
        assert learned.ceiling
        shop.hold()
        shop.wait_for(sending=0)
    used = (accepted - accepted_before) / (ended - began) / LIMIT
    refused = 1 - (accepted - accepted_before) / (came - came_before)
    assert used > 0.85
    # One or two requests of ten a second, each half a minute: it may fall into these few seconds.
    assert refused < 0.03
    assert provider.summary().recipients.received_more_than_one == 0


def test_a_configured_ceiling_is_kept_by_all_processes_together(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    shop.hold()
    shop.enqueue(range(2_000))
    provider = simulate()
    with start_worker(senders=2, SMS_PER_SECOND="200", **UNWATCHED):
        shop.lift("operator")
        wait_until(lambda: provider.summary(statuses=False).messages.accepted, 20, "the first one")
        began, _, before = counted(provider)
        time.sleep(4)
        ended, _, accepted = counted(provider)
        shop.hold()
        shop.wait_for(sending=0)
    rate = (accepted - before) / (ended - began)
    assert 150 < rate < 230
