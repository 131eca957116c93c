"""Long waits, with the clock moved: pauses the provider asks for, outages, validity."""

import pytest

from bulkwire.states import Category, State
from support.clock import let_time_pass, move_clock
from support.shop import Shop, Simulate, number
from support.worker import Worker

HOUR_S = 3600


@pytest.mark.parametrize("answer", ["retry_after_seconds", "retry_after_date"])
def test_a_pause_longer_than_a_lease_becomes_a_due_time_and_a_hold(
    simulate: Simulate, shop: Shop, worker: Worker, answer: str
) -> None:
    provider = simulate(requests={answer: 1.0}, retry_after_s=600)

    shop.hold()
    shop.enqueue(range(100))
    shop.enqueue(range(100, 200), validity_period=5)
    shop.lift("operator")
    hold = shop.wait_for_hold("rate")

    assert hold.probe_at_ms is not None
    assert 540_000 < hold.probe_at_ms - hold.since_ms < 660_000
    assert {m.attempts for m in shop.messages(range(200))} == {0}
    scheduled = [m for m in shop.messages(range(200)) if m.state is State.SCHEDULED]
    assert scheduled
    for message in scheduled:
        assert message.due_at is not None
        assert message.due_at.timestamp() - hold.since_ms / 1000 > 540
    assert sum(provider.summary().requests["send"].values()) <= 2

    provider = simulate()
    move_clock(shop, 700)
    shop.wait_for(delivered=100, dead=100)
    late = shop.messages(range(100, 200))
    assert {(m.category, m.reason) for m in late} == {(Category.EXPIRED, "validity_over")}
    assert {entry.to for entry in provider.ledger()} == {number(n) for n in range(100)}
    assert provider.summary().recipients.received_more_than_one == 0


def test_an_hours_outage_uses_nothing_up(simulate: Simulate, shop: Shop, worker: Worker) -> None:
    provider = simulate(requests={"bare_503": 1.0})

    shop.enqueue(range(300), campaign="spring")
    shop.wait_for_hold("rate")
    passed, trials = 0.0, 0
    while passed < HOUR_S:
        hold = shop.holds()["rate"]
        assert hold.probe_at_ms is not None
        wait_s = 30 + 5 * 2**hold.streak if hold.streak < 7 else 630
        move_clock(shop, wait_s)
        passed, trials = passed + wait_s, trials + 1
        shop.wait_for_failed_trials("rate", hold.streak)

    counts = shop.counts()
    assert counts["total"] == 300 == counts.get("queued", 0) + counts.get("scheduled", 0)
    assert {m.attempts for m in shop.messages(range(300))} == {0}
    assert trials < 15
    assert provider.summary().messages.accepted == 0

    provider = simulate()
    let_time_pass(shop, lambda: shop.counts().get("delivered") == 300)
    assert shop.holds() == {}
    assert provider.summary().recipients.received_more_than_one == 0
    shop.assert_conserved(300)


def test_what_would_be_stale_when_a_hold_is_lifted_is_not_sent(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate()
    shop.hold()
    shop.enqueue(range(50), validity_period=10, priority="high")
    shop.enqueue(range(50, 100))

    move_clock(shop, 660)
    shop.lift("operator")
    shop.wait_for(dead=50, delivered=50)

    assert {m.category for m in shop.messages(range(50))} == {Category.EXPIRED}
    assert provider.summary().messages.seen == 50


def test_what_became_stale_between_two_tries_is_not_sent_and_its_neighbours_are(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(first_requests=["retry_after_seconds"], retry_after_s=3)
    shop.hold()
    shop.enqueue(range(5), validity_period=10, campaign="spring")
    shop.enqueue(range(5, 50), campaign="spring")

    move_clock(shop, 598)
    shop.lift("operator")
    shop.wait_for(dead=5, delivered=45)

    assert {m.category for m in shop.messages(range(5))} == {Category.EXPIRED}
    assert {entry.to for entry in provider.ledger()} == {number(n) for n in range(5, 50)}
