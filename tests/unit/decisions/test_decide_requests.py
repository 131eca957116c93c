"""Whole requests: HTTP statuses without results, failures on the way, retries and holds."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwire.outcomes import Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category
from bulkwire_workers.decisions.decide import decide
from bulkwire_workers.decisions.values import Decision, HoldRequest, RetryPolicy, Sent
from bulkwire_workers.one_api import errors
from bulkwire_workers.one_api.answers import read_send
from bulkwire_workers.one_api.departure import Departure

BATCH = [Sent(id=f"m{n}", to=f"2782000000{n}") for n in range(3)]
POLICY = RetryPolicy(tries=3)

BODIES = {
    "empty": b"",
    "html": b"<html><title>502 Bad Gateway</title></html>",
    "cut off": b'{"messages":[{"apiMessageId":"a1","accep',
    "an object that says nothing": b'{"messages":[]}',
    "a list": b"[1,2]",
}


def decide_bare(
    status: int,
    body: bytes = b"",
    *,
    attempt: int = 1,
    policy: RetryPolicy = POLICY,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> Decision:
    answer = read_send(status, body, retry_after_s=retry_after_s, fault=fault)
    return decide(BATCH, answer, attempt, policy, rng=Random(7))


def the_outcome(decision: Decision) -> Outcome:
    """The one that all messages share, waiting time aside."""
    assert list(decision.outcomes) == ["m0", "m1", "m2"]
    first = decision.outcomes["m0"]
    assert {type(outcome) for outcome in decision.outcomes.values()} == {type(first)}
    return first


def expected_kind(status: int) -> tuple[type[Outcome], str | None]:
    match status:
        case 401:
            return Unsent, "auth"
        case 402:
            return Rejected, "balance"
        case 429 | 503:
            return Unsent, None
        case 408:
            return Unanswered, "refused"
        case _ if 300 <= status < 500:
            return Unsent, "refused"
    return Unanswered, "refused"


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("status", range(200, 600))
def test_a_status_without_results_decides_the_whole_request(status: int, body: bytes) -> None:
    decision = decide_bare(status, body)
    kind, hold = expected_kind(status)
    outcome = the_outcome(decision)
    assert isinstance(outcome, kind)
    assert [request.reason for request in decision.holds] == ([hold] if hold else [])
    assert {request.after > 1 for request in decision.holds} <= {kind is Unanswered}
    assert not (isinstance(outcome, Unsent) and outcome.counts_attempt)
    assert (decision.retry_in_s is not None) is (status in {429, 503})
    assert not decision.split


@pytest.mark.parametrize("status", range(200, 600))
def test_a_status_with_every_message_accepted_accepts_them(status: int) -> None:
    entries = ",".join(
        f'{{"apiMessageId":"a{n}","accepted":true,"clientMessageId":"m{n}"}}' for n in range(3)
    )
    decision = decide_bare(status, f'{{"messages":[{entries}]}}'.encode())
    assert [getattr(outcome, "api_id", None) for outcome in decision.outcomes.values()] == [
        "a0",
        "a1",
        "a2",
    ]


def test_an_unpaid_bill_rejects_all_and_holds_for_the_balance() -> None:
    decision = decide_bare(402)
    assert the_outcome(decision) == Rejected("insufficient_account_balance", Category.ACCOUNT)
    assert decision.holds == (HoldRequest("balance", "insufficient_account_balance"),)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unreadable_empty"),
        (b"<html>", "unreadable_not_json"),
        (b"[]", "unreadable_not_an_object"),
        (b"{}", "no_results"),
    ],
)
def test_what_was_taken_without_a_readable_word_is_in_doubt(body: bytes, reason: str) -> None:
    assert the_outcome(decide_bare(202, body)) == Unanswered(reason)


def test_a_bare_503_is_sent_again_and_counted() -> None:
    decision = decide_bare(503)
    assert decision.retry_in_s is not None
    assert decision.bare_503
    assert not decide_bare(429).bare_503


def test_a_bare_503_is_in_doubt_where_the_setting_says_so() -> None:
    decision = decide_bare(503, policy=RetryPolicy(resend_on_bare_503=False))
    assert the_outcome(decision) == Unanswered("http_503")
    assert decision.retry_in_s is None
    assert not decision.bare_503


def test_a_503_whose_body_broke_off_is_in_doubt() -> None:
    assert the_outcome(decide_bare(503, fault="read_timeout")) == Unanswered("http_503")


def test_retries_end_with_the_tries_and_become_a_hold() -> None:
    waits = [decide_bare(429, attempt=attempt).retry_in_s for attempt in (1, 2)]
    assert all(wait is not None for wait in waits)
    last = decide_bare(429, attempt=3)
    outcome = the_outcome(last)
    assert last.retry_in_s is None
    assert last.holds == (HoldRequest("rate", "http_429"),)
    assert isinstance(outcome, Unsent)
    assert outcome.delay_ms > 0
    assert not outcome.counts_attempt


def test_a_pause_asked_for_comes_before_the_next_try() -> None:
    wait = decide_bare(429, retry_after_s=7.0).retry_in_s
    assert wait is not None
    assert 7.0 <= wait <= 7.0 + POLICY.base_s


def test_a_pause_longer_than_the_lease_allows_becomes_a_hold_and_a_due_time() -> None:
    decision = decide_bare(429, retry_after_s=600.0)
    outcome = the_outcome(decision)
    assert decision.retry_in_s is None
    assert decision.holds == (HoldRequest("rate", "http_429", for_s=600.0),)
    assert isinstance(outcome, Unsent)
    assert outcome.delay_ms >= 600_000


def decide_error(error: errors.ProviderError, attempt: int = 1) -> Decision:
    return decide(BATCH, error, attempt, POLICY, rng=Random(7))


@pytest.mark.parametrize(
    "error",
    [
        errors.WriteFailed("write_timeout"),
        errors.ReadFailed("read_reset"),
        errors.AnswerGarbled("protocol_garbage"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_have_left_is_in_doubt_and_a_streak_of_it_a_hold(
    error: errors.ProviderError,
) -> None:
    decision = decide_error(error)
    assert the_outcome(decision) == Unanswered(error.reason)
    assert decision.retry_in_s is None
    why = f"circuit_breaker: 3 requests in a row in doubt, the last for {error.reason}"
    assert decision.holds == (HoldRequest("refused", why, after=3),)


def test_what_our_own_side_stopped_on_its_way_is_in_doubt_and_says_nothing_about_others() -> None:
    decision = decide_error(errors.Cancelled(Departure(started=True)))
    assert the_outcome(decision) == Unanswered("cancelled")
    assert decision.holds == ()


def test_doubt_about_one_message_beside_others_is_no_request_without_an_answer() -> None:
    entry = b'{"apiMessageId":"a0","accepted":true,"clientMessageId":"m0"}'
    decision = decide_bare(207, b'{"messages":[' + entry + b"]}")
    assert decision.outcomes["m1"] == Unanswered("unmatched")
    assert decision.holds == ()


def test_an_error_without_a_number_is_called_by_its_status() -> None:
    decision = decide_bare(404, b'{"error":"Not Found","path":"/v1/message"}')
    assert decision.holds == (HoldRequest("refused", "http_404"),)


@pytest.mark.parametrize(
    ("error", "hold"),
    [
        (errors.ConnectFailed("connect_refused"), "rate"),
        (errors.PoolExhausted("pool_exhausted"), None),
        (errors.NotYetKnown("first_contact"), None),
    ],
    ids=["connect", "pool", "first contact"],
)
def test_what_never_connected_is_tried_again_within_the_lease(
    error: errors.ProviderError, hold: str | None
) -> None:
    first, last = decide_error(error, 1), decide_error(error, 3)
    assert first.retry_in_s is not None
    assert first.holds == ()
    assert last.retry_in_s is None
    assert [request.reason for request in last.holds] == ([hold] if hold else [])
    outcome = the_outcome(last)
    assert isinstance(outcome, Unsent)
    assert not outcome.counts_attempt


@pytest.mark.parametrize(
    "error",
    [errors.Fenced("lease_deadline_passed"), errors.Cancelled(Departure())],
    ids=["fenced", "cancelled"],
)
def test_what_our_own_side_stopped_goes_back_at_once(error: errors.ProviderError) -> None:
    decision = decide_error(error)
    assert the_outcome(decision) == Unsent(error.reason, counts_attempt=False)
    assert decision.retry_in_s is None
    assert decision.holds == ()


@pytest.mark.parametrize("kind", [errors.Misconfigured, errors.WrongAddress])
def test_an_address_that_cant_be_asked_holds_the_account(
    kind: type[errors.ProviderError],
) -> None:
    decision = decide_error(kind("a_reason"))
    assert the_outcome(decision) == Unsent("a_reason", counts_attempt=False)
    assert decision.holds == (HoldRequest("refused", "a_reason"),)


@given(
    st.integers(0, 999),
    st.binary(max_size=60),
    st.integers(0, 10**9),
    st.none() | st.floats(0, 3600),
)
def test_whatever_comes_back_every_message_has_an_outcome(
    status: int, body: bytes, attempt: int, pause: float | None
) -> None:
    decision = decide_bare(status, body, attempt=attempt, retry_after_s=pause)
    assert list(decision.outcomes) == ["m0", "m1", "m2"]
