"""What the provider's last status makes of an accepted message."""

from datetime import UTC, datetime, timedelta

import pytest

from bulkwire.states import Category, State
from bulkwire.store.campaigns import resume_campaign
from bulkwire.store.overview import read_campaign
from bulkwire_workers.decisions.statuses import STATUSES as KNOWN
from support.shop import Shop, Simulate, number
from support.worker import Worker

ACCOUNT = (
    "WHATSAPP_ACCOUNT_PAYMENT_ISSUE",
    "VOLUME_LIMIT",
    "VOLUME_LIMIT_DAILY",
    "VOLUME_LIMIT_MONTHLY",
    "WHATSAPP_COMPLIANCE_INFO_MISSING",
    "ROUTING_ERROR",
    "ENCRYPTION_ACCESS_DENIED",
    "STOPPED_BY_ADMIN",
    "PAYMENT_INVALID_MERCHANT_SESSION",
    "PAYMENT_INVALID_WEBHOOK_ENDPOINTS",
)
TEMPLATE_GONE = (
    "WHATSAPP_TEMPLATE_PAUSED",
    "WHATSAPP_TEMPLATE_DISABLED",
    "WHATSAPP_TEMPLATE_DOES_NOT_EXIST",
)
TEMPLATE = (
    *TEMPLATE_GONE,
    "WHATSAPP_RE_ENGAGEMENT_REQUIRED",
    "WHATSAPP_TEMPLATE_TEXT_TOO_LONG",
    "WHATSAPP_TEMPLATE_FORMAT_MISMATCH",
    "WHATSAPP_TEMPLATE_FORMATTING_POLICY_VIOLATED",
    "WHATSAPP_TEMPLATE_MEDIA_FORMAT_UNSUPPORTED",
    "WHATSAPP_TEMPLATE_INVALID_URL",
    "WHATSAPP_TEMPLATE_INVALID_PHONE_NUMBER",
    "WHATSAPP_TEMPLATE_RECEIVER_NO_BUTTON_SUPPORT",
    "WHATSAPP_TEMPLATE_PARAM_COUNT_MISMATCH",
    "WHATSAPP_PARAMETER_MISSING",
    "WHATSAPP_PARAMETER_INVALID",
    "WHATSAPP_PARAMETER_NOT_REQUIRED",
)
CONTENT = (
    "MEDIA_NOT_FOUND",
    "MEDIA_SIZE_ERROR",
    "MEDIA_CHECKSUM_FAILURE",
    "MEDIA_REJECTED_BY_SUPPLIER",
    "MEDIA_METADATA_ERROR",
    "MEDIA_ACCESS_ERROR",
    "MEDIA_TYPE_NOT_SUPPORTED",
    "ENCRYPTION_CONTENT_ERROR",
    "ENCRYPTION_VALIDATION_ERROR",
    "WHATSAPP_PRODUCT_CATALOG_NOT_FOUND",
    "WHATSAPP_PRODUCT_NOT_FOUND_IN_CATALOG",
    "WHATSAPP_PRODUCT_COMPLIANCE_ERROR",
)
UNDELIVERED = ("DELIVERY_FAILURE", "EXPIRED", "WHATSAPP_MESSAGE_UNDELIVERABLE")
OPTED_OUT = ("STOPPED_BY_USER", "STOP_MARKETING_MESSAGES")
RECIPIENT = (
    *OPTED_OUT,
    "RECIPIENT_DOES_NOT_EXIST",
    "WHATSAPP_EXPERIMENTAL_NUMBER",
    "WHATSAPP_CHOSE_NOT_TO_DELIVER",
    "ANONYMOUS_USER_ID_INVALID",
    "ANONYMOUS_USER_ID_ERROR",
)
FAILURES = {
    "EXCESSIVE_MESSAGES_TO_RECIPIENT": Category.RATE_LIMITED,
    **dict.fromkeys(ACCOUNT, Category.ACCOUNT),
    **dict.fromkeys(TEMPLATE, Category.TEMPLATE),
    **dict.fromkeys(CONTENT, Category.CONTENT),
    **dict.fromkeys(UNDELIVERED, Category.UNDELIVERED),
    **dict.fromkeys(RECIPIENT, Category.RECIPIENT),
}
SUCCESSES = {
    "DEVICE_ACK": State.DELIVERED,
    "READ": State.READ,
    "EMULATED": State.EMULATED,
    "PAYMENT_COMPLETED": State.DELIVERED,
    "PAYMENT_DECLINED": State.DELIVERED,
    "PAYMENT_FAILED": State.DELIVERED,
    "UNKNOWN": State.UNCONFIRMED,
    "QUEUED": State.UNCONFIRMED,
    "SCHEDULED": State.UNCONFIRMED,
    "SENT_TO_SUPPLIER": State.UNCONFIRMED,
    "A_STATUS_NOBODY_DOCUMENTED": State.UNCONFIRMED,
}
STATUSES = [*SUCCESSES, *FAILURES]


def test_every_status_of_the_contract_has_its_end(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    rules = [{"to": number(n), "status": status} for n, status in enumerate(STATUSES)]
    provider = simulate(rules=rules, statuses={"read_ms": [0, 50]})

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
    assert provider.summary().messages.seen == len(STATUSES)
    suppressed = {
        status
        for status, m in one_of_each.items()
        if enqueue_again(shop, m.recipient, "whatsapp") is State.SUPPRESSED
    }
    assert suppressed == set(OPTED_OUT)
    stopped = one_of_each["STOPPED_BY_USER"].recipient
    assert enqueue_again(shop, stopped, "sms") is State.SCHEDULED


def enqueue_again(shop: Shop, recipient: str, channel: str) -> State:
    """The state of another message to the same recipient, for later."""
    later = datetime.now(UTC) + timedelta(hours=1)
    return shop.bulkwire.enqueue_message(
        to=f"+{recipient}", content="again", channel=channel, send_at=later
    ).state


def test_the_table_of_this_test_is_that_of_the_contract() -> None:
    limited = {"WHATSAPP_SERVER_RATE_LIMIT", "WHATSAPP_SPAM_RATE_LIMIT_REACHED"}
    apart = limited | {"INSUFFICIENT_ACCOUNT_BALANCE"}
    assert set(KNOWN) == (set(STATUSES) | apart) - {"A_STATUS_NOBODY_DOCUMENTED"}


@pytest.mark.parametrize("status", TEMPLATE_GONE)
def test_a_template_that_is_gone_pauses_its_campaign_until_people_resume_it(
    simulate: Simulate, shop: Shop, worker: Worker, status: str
) -> None:
    simulate(rules=[{"to": number(0), "status": status}])

    shop.enqueue([0], channel="whatsapp", campaign="spring")
    shop.wait_for(dead=1)
    shop.enqueue(range(1, 100), channel="whatsapp", campaign="spring")
    shop.enqueue(range(100, 200), channel="whatsapp", campaign="summer")
    shop.wait_for(delivered=100, queued=99)

    paused = shop.store.run(read_campaign(shop.keys, "spring"))
    assert paused
    assert (paused.state, paused.why, paused.by) == ("paused", status, "worker")
    assert shop.store.run(resume_campaign(shop.keys, paused)).done
    shop.wait_for(delivered=199)


def test_an_account_without_balance_is_held_by_a_status_too(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(account={"balance": 0.01, "price": 0.01, "exhausted": "later"})

    shop.enqueue(range(2))
    shop.wait_for(delivered=1, dead=1)

    dead = next(m for m in shop.messages(range(2)) if m.state is State.DEAD)
    assert (dead.category, dead.reason) == (Category.ACCOUNT, "INSUFFICIENT_ACCOUNT_BALANCE")
    shop.wait_for_hold("balance")
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
