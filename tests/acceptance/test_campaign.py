"""A campaign without faults: everybody gets one message, and nothing leaks."""

import json
from collections import Counter

import psutil

from bulkwire_workers.app import make_app
from support.shop import Shop, Simulate, number
from support.worker import API_KEY, Worker


def test_2000_messages_are_delivered_once_each(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate()

    shop.enqueue(range(2000), campaign="spring")
    shop.wait_for(delivered=2000)

    ledger = list(provider.ledger())
    assert Counter(entry.to for entry in ledger) == {number(n): 1 for n in range(2000)}
    api_ids = {entry.clientMessageId: entry.apiMessageId for entry in ledger}
    assert all(m.api_id == api_ids[m.id] for m in shop.messages(range(2000)))
    shop.assert_conserved(2000)


def test_an_id_enqueued_again_is_not_sent_again(
    simulate: Simulate, shop: Shop, worker: Worker
) -> None:
    provider = simulate()

    shop.enqueue(range(50))
    shop.enqueue(range(50))
    shop.wait_for(delivered=50)
    again = list(shop.bulkwire.enqueue_messages([shop.text(n) for n in range(50)]))

    assert not any(result.created for result in again)
    assert provider.summary().messages.seen == 50


def test_the_key_is_in_no_command_line_and_in_nothing_celery_tells(
    shop: Shop, worker: Worker
) -> None:
    processes = [psutil.Process(worker.process.pid), *worker.children()]
    app = make_app(shop.bulkwire.settings.broker_url)
    try:
        told = app.control.inspect(timeout=3, limit=1)
        answers = {
            "conf": told.conf(with_defaults=True),
            "stats": told.stats(),
            "active": told.active(),
            "reserved": told.reserved(),
        }
    finally:
        app.close()

    assert len(processes) == 4
    assert not any(API_KEY in part for process in processes for part in process.cmdline())
    assert all(answers.values())
    assert API_KEY not in json.dumps(answers, default=str)
