"""Every error code, for the whole request and for one message."""

from random import Random

import pytest

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category, Channel
from bulkwire_workers.decisions.codes import CODES, Action
from bulkwire_workers.decisions.decide import decide
from bulkwire_workers.decisions.values import Decision, HoldRequest, RetryPolicy, Sent
from bulkwire_workers.one_api.answers import ApiError, MessageResult, SendAnswer

BATCH = [Sent(id=f"m{n}", to=f"2782000000{n}", channel=Channel.WHATSAPP) for n in range(3)]

ACCOUNT, CONTENT, RECIPIENT = Category.ACCOUNT, Category.CONTENT, Category.RECIPIENT

# code: (of a message: category of the dead letter or "again" or "back"; its hold;
#        of the request: "doubt", "retry", "dead", "split" or "back"; its hold)
TABLE: dict[int, tuple[Category | str, str | None, str, str | None]] = {
    1: ("back", "auth", "back", "auth"),
    2: ("back", "auth", "back", "auth"),
    3: ("back", "auth", "back", "auth"),
    7: ("back", "auth", "back", "auth"),
    18: ("again", None, "doubt", "refused"),
    19: ("again", None, "retry", None),
    20: (ACCOUNT, "balance", "dead", "balance"),
    21: (CONTENT, None, "split", None),
    22: (CONTENT, None, "split", None),
    23: (CONTENT, None, "split", None),
    24: (CONTENT, None, "split", None),
    25: (RECIPIENT, None, "split", None),
    26: (RECIPIENT, None, "split", None),
    27: (RECIPIENT, None, "split", None),
    28: (RECIPIENT, None, "split", None),
    30: (CONTENT, None, "split", None),
    31: (CONTENT, None, "split", None),
    32: (CONTENT, None, "split", None),
    33: (CONTENT, None, "split", None),
    38: (ACCOUNT, "refused", "back", "refused"),
    39: (ACCOUNT, "refused", "back", "refused"),
    40: (CONTENT, None, "split", None),
    41: ("back", "refused", "back", "refused"),
    42: ("back", "refused", "back", "refused"),
    43: ("retry", None, "retry", None),
    44: (ACCOUNT, "refused", "back", "refused"),
    45: (ACCOUNT, "refused", "back", "refused"),
    46: (ACCOUNT, "refused", "back", "refused"),
    100: (CONTENT, None, "split", None),
    101: (RECIPIENT, None, "split", None),
    110: (ACCOUNT, None, "back", "refused"),
    111: (ACCOUNT, None, "back", "refused"),
}

# Rejected with a hold, as a channel or a number seems off: unless others went through beside it.
OFF = (38, 39, 44, 45, 46)


def of_request(code: int | None, status: int = 400, batch: list[Sent] = BATCH) -> Decision:
    answer = SendAnswer(status, error=ApiError(code))
    return decide(batch, answer, 1, RetryPolicy(), rng=Random(7))


def of_message(code: int | None) -> Decision:
    rejected = MessageResult(client_id="m1", accepted=False, error=ApiError(code))
    others = [MessageResult(f"a{n}", accepted=True, client_id=f"m{n}") for n in (2, 0)]
    answer = SendAnswer(207, results=(others[0], rejected, others[1]))
    return decide(BATCH, answer, 1, RetryPolicy(), rng=Random(7))


def of_every_message(code: int) -> Decision:
    error = ApiError(code)
    results = tuple(MessageResult(client_id=sent.id, accepted=False, error=error) for sent in BATCH)
    return decide(BATCH, SendAnswer(207, results=results), 1, RetryPolicy(), rng=Random(7))


def kind(outcome: Outcome) -> Category | str:
    match outcome:
        case Rejected(category=category):
            return category
        case Unsent(counts_attempt=True):
            return "again"
        case Unsent(delay_ms=0):
            return "back"
        case Unsent():
            return "retry"
        case Unanswered():
            return "doubt"
        case Accepted():
            return "accepted"


def hold_of(decision: Decision) -> str | None:
    assert len(decision.holds) <= 1
    return decision.holds[0].reason if decision.holds else None


def test_the_table_holds_every_listed_code() -> None:
    assert set(TABLE) == set(CODES)


@pytest.mark.parametrize("code", TABLE)
def test_a_code_of_one_message_decides_that_message_only(code: int) -> None:
    decision = of_message(code)
    assert kind(decision.outcomes["m1"]) == TABLE[code][0]
    assert hold_of(decision) == (None if code in OFF else TABLE[code][1])
    assert decision.outcomes["m0"] == Accepted("a0")
    assert decision.outcomes["m2"] == Accepted("a2")
    assert decision.retry_in_s is None
    assert not decision.split


@pytest.mark.parametrize("status", [200, 202, 207, 400, 401, 402, 404, 500, 502, 503])
@pytest.mark.parametrize("code", TABLE)
def test_a_code_of_the_request_decides_all_whatever_the_status(code: int, status: int) -> None:
    decision = of_request(code, status)
    expected, hold = TABLE[code][2:]
    kinds = {kind(outcome) for outcome in decision.outcomes.values()}
    assert kinds == {{"dead": ACCOUNT, "split": "back"}.get(expected, expected)}
    assert hold_of(decision) == hold
    assert decision.split is (expected == "split")
    assert (decision.retry_in_s is not None) is (expected == "retry")


@pytest.mark.parametrize("code", TABLE)
def test_every_outcome_carries_the_code_and_a_word_of_ours(code: int) -> None:
    for decision in (of_message(code), of_request(code)):
        outcome = decision.outcomes["m1"]
        assert not isinstance(outcome, Accepted)
        assert outcome.reason == CODES[code].reason
        assert isinstance(outcome, Unanswered) or outcome.code == code


@pytest.mark.parametrize("code", [code for code, row in TABLE.items() if row[2] == "split"])
def test_a_request_of_one_message_is_not_split_but_decided(code: int) -> None:
    decision = of_request(code, batch=BATCH[1:2])
    assert not decision.split
    assert kind(decision.outcomes["m1"]) == TABLE[code][0]
    assert hold_of(decision) == TABLE[code][1]


def test_what_cant_be_split_now_travels_alone_next_time() -> None:
    outcomes = of_request(21).outcomes.values()
    assert all(isinstance(outcome, Unsent) and outcome.alone for outcome in outcomes)


@pytest.mark.parametrize("code", [0, 4, 29, 47, 999, 2**31 - 1, None])
def test_an_unlisted_code_of_a_message_is_a_dead_letter_with_that_code(code: int | None) -> None:
    decision = of_message(code)
    assert decision.outcomes["m1"] == Rejected("unlisted_code", ACCOUNT, code=code)
    assert decision.holds == ()


@pytest.mark.parametrize("status", [301, 400, 403, 404, 413])
def test_an_unlisted_code_of_a_refused_request_puts_all_back_behind_a_hold(status: int) -> None:
    decision = of_request(999, status)
    expected = Unsent("unlisted_code", counts_attempt=False, code=999)
    assert set(decision.outcomes.values()) == {expected}
    assert decision.holds == (HoldRequest("refused", "unlisted_code"),)


@pytest.mark.parametrize("status", [200, 202, 207, 500, 502])
def test_an_unlisted_code_under_a_status_that_refuses_nothing_is_in_doubt(status: int) -> None:
    assert set(of_request(999, status).outcomes.values()) == {Unanswered("unlisted_code")}


def test_only_an_opt_out_is_entered_into_the_suppression_list() -> None:
    suppressed = [
        code
        for code in CODES
        if isinstance(outcome := of_message(code).outcomes["m1"], Rejected) and outcome.suppress
    ]
    assert suppressed == [26]


def test_only_the_rate_limit_slows_us_down() -> None:
    assert [code for code in CODES if of_message(code).slow_down] == [43]
    assert [code for code in CODES if of_request(code).slow_down] == [43]


@pytest.mark.parametrize("code", OFF)
def test_what_seems_switched_off_holds_only_where_nothing_else_was_accepted(code: int) -> None:
    assert hold_of(of_message(code)) is None
    assert hold_of(of_every_message(code)) == "refused"


@pytest.mark.parametrize("code", [38, 39, 44, 45])
def test_a_switched_off_channel_or_number_holds_its_channel_only(code: int) -> None:
    assert of_every_message(code).holds == (
        HoldRequest("refused", CODES[code].reason, Channel.WHATSAPP),
    )


@pytest.mark.parametrize("code", [1, 20, 41, 46])
def test_a_fault_of_the_account_holds_all_its_channels(code: int) -> None:
    assert of_every_message(code).holds[0].channel is None


def test_a_temporary_error_of_every_message_counts_no_attempt() -> None:
    decision = of_every_message(19)
    assert {kind(outcome) for outcome in decision.outcomes.values()} == {"retry"}
    assert decision.retry_in_s is not None


@pytest.mark.parametrize(("attempts", "refusals"), [(0, 3), (3, 0), (2, 1)])
def test_each_wait_of_a_message_may_be_twice_as_long_whether_or_not_it_counted(
    attempts: int, refusals: int
) -> None:
    batch = [BATCH[0], Sent("m1", "2782", attempts=attempts, refusals=refusals)]
    results = (
        MessageResult("a0", accepted=True, client_id="m0"),
        MessageResult(client_id="m1", accepted=False, error=ApiError(43)),
    )
    waits = []
    for seed in range(200):
        decision = decide(batch, SendAnswer(207, results), 1, RetryPolicy(), rng=Random(seed))
        outcome = decision.outcomes["m1"]
        assert isinstance(outcome, Unsent)
        assert not outcome.counts_attempt
        waits.append(outcome.delay_ms)
    assert min(waits) < 4_000
    assert 36_000 < max(waits) <= 40_000


def test_an_internal_error_of_one_message_ends_as_exhausted() -> None:
    last = [Sent("m1", "2782", attempts=4)]
    results = (MessageResult(client_id="m1", accepted=False, error=ApiError(18)),)
    decision = decide(last, SendAnswer(207, results), 1, RetryPolicy(attempts=5), rng=Random(7))
    assert decision.outcomes["m1"] == Rejected("internal_error", Category.EXHAUSTED, code=18)


def test_no_row_rejects_without_a_category() -> None:
    for rule in CODES.values():
        assert (Action.REJECT in {rule.of_message, rule.of_request}) <= (rule.category is not None)
