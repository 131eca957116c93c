"""What the provider's last status makes of an accepted message."""

import pytest

from bulkwire.states import Category, State
from support import wait_until
from support.shop import Shop, Simulate, number
from support.worker import Worker

FAILURES = {
    "ROUTING_ERROR": Category.ACCOUNT,
    "VOLUME_LIMIT_DAILY": Category.ACCOUNT,
    "EXCESSIVE_MESSAGES_TO_RECIPIENT": Category.RATE_LIMITED,
    "WHATSAPP_TEMPLATE_PAUSED": Category.TEMPLATE,
    "WHATSAPP_RE_ENGAGEMENT_REQUIRED": Category.TEMPLATE,
    "MEDIA_NOT_FOUND": Category.CONTENT,
    "ENCRYPTION_CONTENT_ERROR": Category.CONTENT,
    "DELIVERY_FAILURE": Category.UNDELIVERED,
    "EXPIRED": Category.UNDELIVERED,
    "RECIPIENT_DOES_NOT_EXIST": Category.RECIPIENT,
    "STOPPED_BY_USER": Category.RECIPIENT,
}
SUCCESSES = {
    "DEVICE_ACK": State.DELIVERED,
    "READ": State.READ,
    "EMULATED": State.EMULATED,
    "PAYMENT_FAILED": State.DELIVERED,
    "SENT_TO_SUPPLIER": State.UNCONFIRMED,
    "A_STATUS_NOBODY_DOCUMENTED": State.UNCONFIRMED,
}
STATUSES = [*SUCCESSES, *FAILURES]


def test_every_group_of_statuses_has_its_end(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    rules = [{"to": number(n), "status": status} for n, status in enumerate(STATUSES)]
    simulate(rules=rules, statuses={"read_ms": [0, 50]})

    shop.enqueue(range(len(STATUSES)), channel="whatsapp")
    shop.wait_until_final()

    one_of_each = dict(zip(STATUSES, shop.messages(range(len(STATUSES))), strict=True))
    dead = {status: m for status, m in one_of_each.items() if m.state is State.DEAD}

    assert {status: m.state for status, m in one_of_each.items() if status not in dead} == SUCCESSES
    assert {status: m.category for status, m in dead.items()} == FAILURES
    assert {status: m.reason for status, m in dead.items()} == {name: name for name in FAILURES}
    assert {m.status for m in dead.values()} == set(FAILURES)
    assert all(m.attempts == 1 for m in one_of_each.values())
    assert shop.holds() == {}
    stopped = one_of_each["STOPPED_BY_USER"].recipient
    for channel, state in {"whatsapp": State.SUPPRESSED, "sms": State.QUEUED}.items():
        again = shop.bulkwire.enqueue_message(to=f"+{stopped}", content="again", channel=channel)
        assert again.state is state


def test_an_account_without_balance_is_held_by_a_status_too(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(account={"balance": 0.01, "price": 0.01, "exhausted": "later"})

    shop.enqueue(range(2))
    shop.wait_for(delivered=1, dead=1)

    dead = next(m for m in shop.messages(range(2)) if m.state is State.DEAD)
    assert (dead.category, dead.reason) == (Category.ACCOUNT, "INSUFFICIENT_ACCOUNT_BALANCE")
    wait_until(lambda: shop.holds().get("balance"), 5, "the hold")
    shop.enqueue(range(2, 50))
    assert shop.counts()["queued"] == 48
    provider.set_balance(10.0)
    shop.wait_for(delivered=49)


def test_what_the_network_limited_goes_round_again(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    limited = {"to": number(1), "status": "WHATSAPP_SERVER_RATE_LIMIT", "times": 1}
    provider = simulate(rules=[limited])

    shop.enqueue([1], channel="whatsapp")
    shop.wait_for(delivered=1)

    assert shop.message(1).attempts == 2
    assert provider.summary().messages.accepted == 2
    assert provider.summary().recipients.received_more_than_one == 0


def test_a_late_final_status_is_found(simulate: Simulate, shop: Shop, worker: Worker) -> None:
    simulate(statuses={"final_ms": [3000, 3000], "hidden": 1.0, "hidden_ms": [700, 700]})

    shop.enqueue(range(50))
    shop.wait_for(delivered=50)

    assert all(m.status == "DEVICE_ACK" for m in shop.messages(range(50)))


@pytest.mark.parametrize("answer", ["bare_503", "code_43", "malformed", "reset_before", "html"])
def test_a_status_request_that_fails_is_made_again(
    simulate: Simulate, shop: Shop, worker: Worker, answer: str
) -> None:
    provider = simulate(
        rules=[{"to": number(n), "status_answer": answer, "times": 1} for n in range(20)]
    )

    shop.enqueue(range(20))
    shop.wait_for(delivered=20)

    assert provider.summary().messages.seen == 20
