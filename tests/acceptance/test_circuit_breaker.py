"""Failures in a row hold a channel; a message that really succeeds lets it go on."""

from bulkwire.states import Category
from support.clock import let_holds_be_tried
from support.shop import Shop, Simulate
from support.worker import StartWorker, Worker

MESSAGES = 3000
TRIPS_AT = 300
REQUESTS = 4
IN_FLIGHT = REQUESTS * 100


def test_a_campaign_that_is_rejected_message_by_message_is_stopped_and_goes_on_when_it_is_right(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    provider = simulate(messages={"codes": {23: 1.0}}, latency_ms=[20, 40])

    with start_worker(REQUESTS=str(REQUESTS)):
        shop.enqueue(range(MESSAGES), campaign="spring")
        hold = shop.wait_for_hold("refused:sms")
        lost = shop.counts()["dead"]

        assert hold.why.startswith("circuit_breaker: ")
        assert hold.why.endswith(" rejected in a row, the last for invalid_parameter")
        assert TRIPS_AT <= lost <= TRIPS_AT + IN_FLIGHT
        shop.wait_for(queued=MESSAGES - lost)

        let_holds_be_tried(shop)
        shop.wait_for_failed_trials("refused:sms")
        lost = shop.counts()["dead"]
        provider = simulate()
        let_holds_be_tried(shop)
        shop.wait_for(delivered=MESSAGES - lost)

    assert shop.holds() == {}
    assert provider.summary().recipients.received_more_than_one == 0
    shop.assert_conserved(MESSAGES)


def test_what_is_accepted_and_always_fails_is_stopped_until_something_is_delivered(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    simulate(statuses={"weights": {"ROUTING_ERROR": 1}})

    shop.enqueue(range(TRIPS_AT))
    hold = shop.wait_for_hold("refused:sms")
    assert hold.why == f"circuit_breaker: {TRIPS_AT} failed in a row, the last for ROUTING_ERROR"
    shop.enqueue(range(TRIPS_AT, 500), campaign="spring")
    let_holds_be_tried(shop)
    shop.wait_for_failed_trials("refused:sms")

    assert shop.counts() == {"dead": TRIPS_AT + 1, "queued": 199, "total": 500}
    simulate()
    let_holds_be_tried(shop)
    shop.wait_for(delivered=199)
    assert shop.holds() == {}
    assert {m.category for m in shop.messages(range(TRIPS_AT))} == {Category.ACCOUNT}
    shop.assert_conserved(500)
