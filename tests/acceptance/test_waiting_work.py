"""What is enqueued while no worker runs."""

import base64
import json

import redis

from bulkwire import Bulkwire
from bulkwire.store.overview import read_wake_failures
from support.shop import Shop, Simulate, text
from support.worker import NUMBER, TEXT, StartWorker


def test_1000_waiting_messages_make_ten_full_requests(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    provider = simulate()
    shop.enqueue(range(1000))

    with start_worker():
        shop.wait_for(delivered=1000)

    assert provider.summary().batch_sizes.histogram == {100: 10}


def test_what_waits_in_the_broker_has_no_arguments_and_names_nobody(shop: Shop) -> None:
    with redis.Redis.from_url(shop.bulkwire.settings.broker_url) as broker:
        broker.flushdb()
        shop.enqueue(range(500))
        waiting = [json.loads(task) for task in broker.lrange("bulkwire.dispatch", 0, -1)]
        everything = [broker.dump(key) for key in broker.scan_iter()]

    assert waiting
    for task in waiting:
        args, kwargs, _ = json.loads(base64.b64decode(task["body"]))
        assert (args, kwargs) == ([], {})
        said = json.dumps(task) + base64.b64decode(task["body"]).decode()
        assert TEXT not in said
        assert not NUMBER.search(said)
    assert not any(TEXT.encode() in value for value in everything)


def test_without_a_broker_messages_are_taken_in_and_found_later(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    provider = simulate()

    with Bulkwire(
        redis_url=shop.bulkwire.settings.redis_url, broker_url="redis://127.0.0.1:1/0"
    ) as bulkwire:
        result = bulkwire.enqueue_message(text(1))
    assert result.created
    assert shop.store.run(read_wake_failures()) == 1

    with start_worker():
        shop.wait_for(delivered=1)
    assert provider.summary().messages.seen == 1
