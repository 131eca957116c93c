"""Which result belongs to which message, and what is in doubt because none can be told."""

import itertools
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category
from bulkwire_workers.decisions.decide import decide
from bulkwire_workers.decisions.values import Decision, RetryPolicy, Sent
from bulkwire_workers.one_api.answers import ApiError, MessageResult, SendAnswer, read_send

A = Sent("a", "27821110001")
B = Sent("b", "27821110002")
TWIN = Sent("c", "27821110002")
DOUBT = Unanswered("unmatched")


def decided(batch: list[Sent], *results: MessageResult, status: int = 207) -> Decision:
    return decide(batch, SendAnswer(status, results), 1, RetryPolicy(), rng=Random(7))


def outcomes(batch: list[Sent], *results: MessageResult, status: int = 207) -> list[Outcome]:
    return list(decided(batch, *results, status=status).outcomes.values())


def yes(
    api_id: str | None, *, to: str | None = None, client_id: str | None = None
) -> MessageResult:
    return MessageResult(api_id, accepted=True, to=to, client_id=client_id)


def no(code: int | None, *, to: str | None = None, client_id: str | None = None) -> MessageResult:
    return MessageResult(accepted=False, to=to, client_id=client_id, error=ApiError(code))


def test_results_are_matched_by_client_message_id_in_any_order() -> None:
    results = [yes("1", client_id="a"), no(25, client_id="b"), yes("3", client_id="c")]
    for order in itertools.permutations(results):
        first, second, third = outcomes([A, B, TWIN], *order)
        assert first == Accepted("1")
        assert second == Rejected("invalid_recipient", Category.RECIPIENT, code=25)
        assert third == Accepted("3")


def test_without_client_message_ids_results_are_matched_by_number() -> None:
    assert outcomes([A, B], yes("2", to=B.to), yes("1", to=A.to)) == [Accepted("1"), Accepted("2")]


def test_a_number_with_a_plus_sign_is_the_same_number() -> None:
    assert outcomes([Sent("a", "+27821110001"), B], yes("1", to=A.to)) == [Accepted("1"), DOUBT]


def test_a_number_that_the_batch_holds_twice_matches_nothing() -> None:
    found = outcomes([A, B, TWIN], yes("1", to=A.to), yes("2", to=B.to), yes("3", to=B.to))
    assert found == [Accepted("1"), DOUBT, DOUBT]


def test_a_number_that_the_results_hold_twice_matches_nothing() -> None:
    assert outcomes([A, B], yes("1", to=A.to), yes("2", to=A.to)) == [DOUBT, DOUBT]


def test_an_unknown_client_message_id_falls_back_to_the_number() -> None:
    assert outcomes([A, B], yes("1", to=A.to, client_id="?")) == [Accepted("1"), DOUBT]


def test_a_lone_anonymous_result_belongs_to_a_lone_message() -> None:
    assert outcomes([A], yes("1")) == [Accepted("1")]
    assert outcomes([A], yes("1"), yes("2")) == [DOUBT]
    assert outcomes([A, B], yes("1")) == [DOUBT, DOUBT]


def test_a_result_for_somebody_else_does_not_settle_a_lone_message() -> None:
    assert outcomes([A], yes("1", to=B.to)) == [DOUBT]
    assert outcomes([A], yes("1", client_id="b")) == [DOUBT]


def test_the_same_result_twice_is_one_result() -> None:
    assert outcomes([A], yes("1", client_id="a"), yes("1", client_id="a")) == [Accepted("1")]


def test_an_acceptance_beats_a_rejection_of_the_same_message() -> None:
    assert outcomes([A], no(25, client_id="a"), yes("1", client_id="a")) == [Accepted("1")]


@pytest.mark.parametrize(
    "pair",
    [
        (yes("1", client_id="a"), yes("2", client_id="a")),
        (no(25, client_id="a"), no(43, client_id="a")),
        (no(25, client_id="a"), yes(None, client_id="a")),
    ],
)
def test_other_contradictions_are_in_doubt(pair: tuple[MessageResult, MessageResult]) -> None:
    assert outcomes([A], *pair) == [Unanswered("contradictory_results")]


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (MessageResult("1", accepted=True, error=ApiError(25)), Accepted("1")),
        (MessageResult("1", accepted=None), Accepted("1")),
        (MessageResult(None, accepted=True), Unanswered("accepted_without_id")),
        (MessageResult(None, accepted=True, error=ApiError(25)), Unanswered("accepted_without_id")),
        (MessageResult(client_id="a"), Unanswered("empty_result")),
        (MessageResult(accepted=False), Rejected("unlisted_code", Category.ACCOUNT)),
        (
            MessageResult("1", accepted=False, error=ApiError(25)),
            Rejected("invalid_recipient", Category.RECIPIENT, code=25),
        ),
        (
            MessageResult("1", accepted=None, error=ApiError(25)),
            Rejected("invalid_recipient", Category.RECIPIENT, code=25),
        ),
        (
            MessageResult(error=ApiError(25)),
            Rejected("invalid_recipient", Category.RECIPIENT, code=25),
        ),
    ],
)
def test_an_odd_result_is_read_so_that_nobody_is_texted_twice(
    result: MessageResult, outcome: Outcome
) -> None:
    assert outcomes([A], result) == [outcome]


def test_under_a_400_that_accepts_nothing_the_unmatched_travels_alone_next_time() -> None:
    found = outcomes([A, B, TWIN], no(25, to=A.to), no(25, to=B.to), no(25, to=B.to), status=400)
    assert isinstance(found[0], Rejected)
    assert found[1:] == [Unsent("unmatched", alone=True)] * 2


def test_under_a_400_with_an_acceptance_the_unmatched_is_in_doubt() -> None:
    assert outcomes([A, B], yes("1", to=A.to), status=400) == [Accepted("1"), DOUBT]


def test_a_global_error_decides_those_that_no_result_names() -> None:
    answer = SendAnswer(400, (no(25, client_id="a"),), error=ApiError(20))
    decision = decide([A, B], answer, 1, RetryPolicy(), rng=Random(7))
    assert decision.outcomes["a"] == Rejected("invalid_recipient", Category.RECIPIENT, code=25)
    assert decision.outcomes["b"] == Rejected(
        "insufficient_account_balance", Category.ACCOUNT, code=20
    )
    assert [hold.reason for hold in decision.holds] == ["balance"]


def test_a_request_whose_every_message_met_the_rate_limit_is_tried_again() -> None:
    decision = decided([A, B], no(43, client_id="a"), no(19, client_id="b"))
    assert decision.retry_in_s is not None
    assert decision.slow_down


def test_a_request_of_which_one_was_accepted_is_never_sent_again_as_a_whole() -> None:
    decision = decided([A, B], no(43, client_id="a"), yes("2", client_id="b"))
    assert decision.retry_in_s is None
    assert not decision.split
    assert isinstance(decision.outcomes["a"], Unsent)


RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "apiMessageId": st.sampled_from(["1", "2", "", None, 7]),
        "accepted": st.sampled_from([True, False, None, "true"]),
        "to": st.sampled_from([A.to, B.to, "+" + A.to, "", None, 0]),
        "clientMessageId": st.sampled_from(["a", "b", "c", "?", None]),
        "error": st.sampled_from([None, {}, 7, *({"code": code} for code in (18, 20, 26, 43, 99))]),
    },
)


@given(st.integers(200, 599), st.lists(RESULTS, max_size=5))
def test_what_an_answer_accepts_is_never_sent_again(status: int, entries: list[object]) -> None:
    answer = read_send(status, orjson.dumps({"messages": entries}))
    decision = decide([A, B, TWIN], answer, 1, RetryPolicy(), rng=Random(7))
    assert list(decision.outcomes) == ["a", "b", "c"]
    if any(result.accepted for result in answer.results):
        assert decision.retry_in_s is None
        assert not decision.split
    for sent in (A, B, TWIN):
        named = [result for result in answer.results if result.client_id == sent.id]
        if any(result.accepted for result in named):
            assert isinstance(decision.outcomes[sent.id], Accepted | Unanswered)
