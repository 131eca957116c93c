"""Messages for later, messages that expire, messages that are cancelled."""

import time
from datetime import UTC, datetime, timedelta

from bulkwire.states import Category, State
from support.shop import Shop, Simulate, number
from support.worker import Worker


def test_a_message_for_later_is_sent_when_it_is_due(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate()
    due = time.time() + 2

    shop.enqueue([1], send_at=datetime.fromtimestamp(due, UTC))
    shop.enqueue([2])
    assert shop.message(1).history[0].word == State.SCHEDULED
    shop.wait_for(delivered=2)

    sent = {entry.to: entry.accepted_at / 1000 for entry in provider.ledger()}
    assert due <= sent[number(1)]


def test_what_expired_while_it_was_held_is_never_sent(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate()
    shop.hold()
    shop.enqueue(range(10), validity_period=5)
    shop.enqueue([10], validity_period=5, send_at=datetime.now(UTC) + timedelta(seconds=1))
    for n in (3, 4):
        shop.age(n, minutes=5)
    shop.age(10, minutes=6)

    shop.lift("operator")
    shop.wait_for(delivered=8, dead=3)

    expired = shop.messages([3, 4, 10])
    assert {(m.category, m.reason) for m in expired} == {(Category.EXPIRED, "validity_over")}
    assert not {entry.to for entry in provider.ledger()} & {m.recipient for m in expired}


def test_a_cancelled_message_is_never_sent(simulate: Simulate, shop: Shop, worker: Worker) -> None:
    provider = simulate()
    shop.hold()
    shop.enqueue(range(10))
    shop.enqueue([10], send_at=datetime.now(UTC) + timedelta(seconds=1))

    for n in (5, 10):
        assert shop.bulkwire.cancel_message(shop.id(n)) is State.CANCELLED
    shop.lift("operator")
    shop.wait_for(delivered=9, cancelled=2)

    assert shop.bulkwire.cancel_message(shop.id(1)) is State.DELIVERED
    assert not {entry.to for entry in provider.ledger()} & {number(5), number(10)}
    shop.assert_conserved(11)
