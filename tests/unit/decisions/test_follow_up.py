"""Every status of the contract, and every answer without one."""

import json
from fnmatch import fnmatch
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwire.states import Category, State
from bulkwire_workers.decisions.backoff import full_jitter_s, next_check_ms
from bulkwire_workers.decisions.follow_up import (
    Arrived,
    Failed,
    FollowUp,
    ResendLater,
    StillPending,
    decide_status,
)
from bulkwire_workers.decisions.values import HoldRequest, RetryPolicy
from bulkwire_workers.one_api.answers import ApiError, ChannelStatus, StatusAnswer, read_status
from bulkwire_workers.one_api.errors import ConnectFailed, ReadFailed

CONTRACT = Path(__file__).parents[3] / "scripts/bulkwire_cli/simulator/contract.json"

ACCOUNT = """INSUFFICIENT_ACCOUNT_BALANCE WHATSAPP_ACCOUNT_PAYMENT_ISSUE VOLUME_LIMIT*
    WHATSAPP_COMPLIANCE_INFO_MISSING ROUTING_ERROR ENCRYPTION_ACCESS_DENIED STOPPED_BY_ADMIN
    PAYMENT_INVALID_*"""
GROUPS: dict[str, str] = {
    "pending": "UNKNOWN QUEUED SCHEDULED SENT_TO_SUPPLIER",
    State.DELIVERED: "DEVICE_ACK PAYMENT_COMPLETED PAYMENT_DECLINED PAYMENT_FAILED",
    State.READ: "READ",
    State.EMULATED: "EMULATED",
    "later": "WHATSAPP_SERVER_RATE_LIMIT WHATSAPP_SPAM_RATE_LIMIT_REACHED",
    Category.ACCOUNT: ACCOUNT,
    Category.RATE_LIMITED: "EXCESSIVE_MESSAGES_TO_RECIPIENT",
    Category.TEMPLATE: "WHATSAPP_TEMPLATE_* WHATSAPP_PARAMETER_* WHATSAPP_RE_ENGAGEMENT_REQUIRED",
    Category.CONTENT: """MEDIA_* ENCRYPTION_CONTENT_ERROR ENCRYPTION_VALIDATION_ERROR
        WHATSAPP_PRODUCT_*""",
    Category.UNDELIVERED: "DELIVERY_FAILURE EXPIRED WHATSAPP_MESSAGE_UNDELIVERABLE",
    Category.RECIPIENT: """RECIPIENT_DOES_NOT_EXIST WHATSAPP_EXPERIMENTAL_NUMBER
        WHATSAPP_CHOSE_NOT_TO_DELIVER ANONYMOUS_USER_ID_* STOPPED_BY_USER
        STOP_MARKETING_MESSAGES""",
}


def contract_statuses() -> list[str]:
    schemas = json.loads(CONTRACT.read_text())["components"]["schemas"]
    statuses: list[str] = schemas["OmniMessageStatusEntry"]["properties"]["status"]["enum"]
    return statuses


def decided(*entries: tuple[str, str], attempts: int = 1) -> FollowUp:
    channels = tuple(ChannelStatus(channel, status, 17) for channel, status in entries)
    answer = StatusAnswer(200, channels)
    return decide_status(answer, attempts=attempts, policy=RetryPolicy(attempts=5), rng=Random(7))


def kind(follow_up: FollowUp) -> str:
    match follow_up:
        case StillPending():
            return "pending"
        case ResendLater():
            return "later"
        case Arrived(state=state):
            return state
        case Failed(category=category):
            return category


@pytest.mark.parametrize("status", contract_statuses())
def test_every_status_of_the_contract_has_one_group(status: str) -> None:
    groups = [
        group
        for group, patterns in GROUPS.items()
        if any(fnmatch(status, pattern) for pattern in patterns.split())
    ]
    follow_up = decided(("sms", status))
    assert [kind(follow_up)] == groups
    if isinstance(follow_up, Failed | ResendLater | StillPending):
        assert follow_up.reason == status
    if isinstance(follow_up, StillPending):
        assert not follow_up.unlisted


def failures() -> list[Failed]:
    decisions = [decided(("sms", status)) for status in contract_statuses()]
    return [failed for failed in decisions if isinstance(failed, Failed)]


def test_only_an_empty_account_holds_for_its_balance() -> None:
    holding = [failed for failed in failures() if failed.hold]
    assert [failed.reason for failed in holding] == ["INSUFFICIENT_ACCOUNT_BALANCE"]
    assert holding[0].hold == HoldRequest("balance", "INSUFFICIENT_ACCOUNT_BALANCE")


def test_only_opt_outs_are_entered_into_the_suppression_list() -> None:
    suppressing = {failed.reason for failed in failures() if failed.suppress}
    assert suppressing == {"STOPPED_BY_USER", "STOP_MARKETING_MESSAGES"}


def test_a_template_that_is_gone_pauses_the_campaign() -> None:
    pausing = {failed.reason for failed in failures() if failed.pause_campaign}
    gone = ("PAUSED", "DISABLED", "DOES_NOT_EXIST")
    assert pausing == {f"WHATSAPP_TEMPLATE_{word}" for word in gone}


@pytest.mark.parametrize("status", GROUPS["later"].split())
def test_a_rate_limit_is_sent_again_until_its_attempts_are_used_up(status: str) -> None:
    again = decided(("whatsapp", status), attempts=4)
    assert isinstance(again, ResendLater)
    assert again.delay_ms > 0
    last = decided(("whatsapp", status), attempts=5)
    assert isinstance(last, Failed)
    assert (last.category, last.reason) == (Category.RATE_LIMITED, status)


@pytest.mark.parametrize("status", ["delivered", "NEW_WORD", "READ ", "26"])
def test_a_status_that_nobody_listed_is_pending_and_counted(status: str) -> None:
    assert decided(("sms", status)) == StillPending(status, unlisted=True)


@pytest.mark.parametrize(
    ("one", "other", "furthest"),
    [
        ("READ", "DEVICE_ACK", State.READ),
        ("DEVICE_ACK", "DELIVERY_FAILURE", State.DELIVERED),
        ("DEVICE_ACK", "EMULATED", State.DELIVERED),
        ("DEVICE_ACK", "QUEUED", State.DELIVERED),
        ("QUEUED", "DELIVERY_FAILURE", "pending"),
        ("WHATSAPP_SERVER_RATE_LIMIT", "SENT_TO_SUPPLIER", "pending"),
        ("DELIVERY_FAILURE", "UNKNOWN", Category.UNDELIVERED),
        ("DELIVERY_FAILURE", "NEW_WORD", Category.UNDELIVERED),
    ],
)
def test_of_two_channels_the_furthest_counts(one: str, other: str, furthest: str) -> None:
    assert kind(decided(("sms", one), ("whatsapp", other))) == furthest
    assert kind(decided(("sms", other), ("whatsapp", one))) == furthest


@pytest.mark.parametrize("status", range(100, 600))
def test_without_a_channel_every_http_status_is_pending(status: int) -> None:
    answer = StatusAnswer(status, retry_after_s=3.0)
    follow_up = decide_status(answer, attempts=1, policy=RetryPolicy(), rng=Random(7))
    assert isinstance(follow_up, StillPending)
    assert [hold.reason for hold in follow_up.holds] == (["auth"] if status == 401 else [])
    assert follow_up.slow_down is (status == 429)
    assert follow_up.unheard is not (status == 404 or status in range(200, 300))
    assert follow_up.retry_after_s == 3.0


def test_the_codes_for_key_and_rate_mean_the_same_when_asking() -> None:
    policy, rng = RetryPolicy(), Random(7)
    for code in (1, 2, 3, 7):
        refused = StatusAnswer(400, error=ApiError(code))
        follow_up = decide_status(refused, attempts=1, policy=policy, rng=rng)
        assert isinstance(follow_up, StillPending)
        assert [hold.reason for hold in follow_up.holds] == ["auth"]
    too_fast = decide_status(
        StatusAnswer(400, error=ApiError(43)), attempts=1, policy=policy, rng=rng
    )
    assert isinstance(too_fast, StillPending)
    assert too_fast.slow_down


@pytest.mark.parametrize("error", [ConnectFailed("connect_refused"), ReadFailed("read_timeout")])
def test_a_question_without_an_answer_is_asked_again(error: ConnectFailed | ReadFailed) -> None:
    follow_up = decide_status(error, attempts=1, policy=RetryPolicy(), rng=Random(7))
    assert follow_up == StillPending(error.reason, unheard=True)


@given(st.integers(100, 999), st.binary(), st.integers(-5, 10**6))
def test_whatever_comes_back_there_is_a_follow_up(status: int, body: bytes, attempts: int) -> None:
    answer = read_status(status, body)
    follow_up = decide_status(answer, attempts=attempts, policy=RetryPolicy(), rng=Random(7))
    assert isinstance(follow_up, FollowUp)


@given(st.integers(-(10**12), 10**14), st.randoms(use_true_random=False))
def test_the_next_check_comes_within_a_second_and_five_hours(age_ms: int, rng: Random) -> None:
    assert 800 <= next_check_ms(age_ms, rng) <= 1.2 * 4 * 3_600_000


def test_checks_grow_rarer_with_age_and_few_are_needed_in_a_day() -> None:
    rng, age_ms, checks = Random(7), 0, 0
    while age_ms < 24 * 3_600_000:
        age_ms += next_check_ms(age_ms, rng)
        checks += 1
    assert 20 <= checks <= 45


@given(st.integers(-5, 10**9), st.randoms(use_true_random=False))
def test_a_backoff_stays_between_zero_and_its_cap(attempt: int, rng: Random) -> None:
    assert 0 <= full_jitter_s(attempt, base_s=0.5, cap_s=8.0, rng=rng) <= 8.0


def test_the_ceiling_of_a_backoff_doubles_with_each_try() -> None:
    def highest(attempt: int) -> float:
        rng = Random(7)
        return max(full_jitter_s(attempt, base_s=1.0, cap_s=60.0, rng=rng) for _ in range(500))

    assert 0.9 < highest(1) <= 1
    assert 1.8 < highest(2) <= 2
    assert 3.6 < highest(3) <= 4
