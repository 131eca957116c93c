"""What the provider answers, or fails to answer, and what becomes of each message of a request."""

import pytest

from bulkwire.states import Category, State
from support import wait_until
from support.shop import Shop, Simulate, number
from support.worker import Worker


@pytest.mark.parametrize(
    "answer",
    ["bare_503", "code_19", "code_43", "bare_429", "retry_after_seconds", "retry_after_date"],
)
def test_a_refusal_that_passes_is_retried_within_the_lease(
    simulate: Simulate, shop: Shop, worker: Worker, answer: str
) -> None:
    provider = simulate(first_requests=[answer, answer])

    shop.enqueue(range(100))
    shop.wait_for(delivered=100)

    assert sum(provider.summary().requests["send"].values()) == 3
    assert provider.summary().recipients.received_more_than_one == 0
    assert {m.attempts for m in shop.messages(range(100))} == {1}
    assert shop.holds() == {}


def test_each_bare_503_that_is_sent_again_is_a_line_in_the_log(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    simulate(first_requests=["bare_503", "bare_503", "code_19"])
    before = worker.output().count('"bare_503"')

    shop.enqueue(range(100))
    shop.wait_for(delivered=100)

    assert worker.output().count('"bare_503"') - before == 2


@pytest.mark.parametrize("code", [21, 22])
def test_a_poison_message_is_found_by_halving_and_the_others_go_through(
    simulate: Simulate, shop: Shop, worker: Worker, code: int
) -> None:
    provider = simulate(rules=[{"to": number(42), "answer": f"code_{code}"}])

    shop.enqueue(range(100))
    shop.wait_for(delivered=99, dead=1)

    dead = shop.message(42)
    assert (dead.category, dead.code) == (Category.CONTENT, code)
    assert provider.summary().recipients.received_more_than_one == 0
    assert sum(provider.summary().requests["send"].values()) < 20


def test_each_message_of_a_mixed_answer_is_decided_by_its_own_result(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    codes = {1: 25, 2: 23, 3: 26, 4: 999, 5: 27}
    provider = simulate(
        rules=[{"to": number(n), "code": code} for n, code in codes.items()]
        + [{"to": number(6), "code": 43, "times": 1}],
        messages={"shuffled": 1.0},
    )

    shop.enqueue(range(100))
    shop.wait_for(delivered=95, dead=5)

    dead = {n: shop.message(n) for n in codes}
    assert {n: m.code for n, m in dead.items()} == codes
    assert [m.category for m in dead.values()] == [
        Category.RECIPIENT,
        Category.CONTENT,
        Category.RECIPIENT,
        Category.ACCOUNT,
        Category.RECIPIENT,
    ]
    assert provider.summary().recipients.received_more_than_one == 0


def test_who_opted_out_gets_nothing_more(simulate: Simulate, shop: Shop, worker: Worker) -> None:
    provider = simulate(rules=[{"to": number(1), "code": 26}])

    shop.enqueue([1])
    shop.wait_for(dead=1)
    again = shop.bulkwire.enqueue_message(to=f"+{number(1)}", content="again", id="again")

    assert again.state is State.SUPPRESSED
    assert provider.summary().messages.seen == 1


def test_results_without_ids_and_in_another_order_are_matched_by_number(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(messages={"no_client_id": 1.0, "shuffled": 1.0})

    shop.enqueue(range(200))
    shop.wait_for(delivered=200)

    ledger = {entry.apiMessageId: entry.to for entry in provider.ledger()}
    assert all(ledger[str(m.api_id)] == m.recipient for m in shop.messages(range(200)))


def test_a_message_without_a_result_is_in_doubt_and_is_not_sent_again(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(rules=[{"to": number(7), "missing": True}])

    shop.enqueue(range(100))
    shop.wait_for(delivered=99, in_doubt=1)

    assert shop.message(7).state is State.IN_DOUBT
    assert provider.summary().messages.seen == 100


@pytest.mark.parametrize(
    "answer", ["reset_after", "close_after", "hang_after", "malformed", "cut_off", "html", "empty"]
)
def test_an_answer_that_cannot_be_read_leaves_doubt_and_nothing_is_sent_again(
    simulate: Simulate, shop: Shop, worker: Worker, answer: str
) -> None:
    provider = simulate(first_requests=[answer])

    shop.enqueue(range(100))
    shop.wait_for(in_doubt=100)

    assert provider.summary().messages.seen == 100
    shop.assert_conserved(100)


def test_doubt_is_resent_once_where_the_message_says_so(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate(first_requests=["reset_after", "reset_after"])

    shop.enqueue([1], on_doubt="resend")
    shop.wait_for(in_doubt=1)

    assert provider.summary().messages.seen == 2
    shop.enqueue([2], on_doubt="resend")
    shop.wait_for(delivered=1)
    assert provider.summary().messages.seen == 3


def test_a_request_that_was_reset_before_it_was_read_is_in_doubt_too(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    simulate(first_requests=["reset_before"])

    shop.enqueue([1])
    wait_until(lambda: shop.message(1).state is State.IN_DOUBT, 60, "doubt")

    assert shop.message(1).api_id is None
