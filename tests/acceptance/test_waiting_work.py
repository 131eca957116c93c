"""What is enqueued while no worker runs."""

import base64
import json
from pathlib import Path

import redis

from bulkwire import Bulkwire
from bulkwire.store.overview import read_wake_failures
from bulkwire_cli.private_server import PrivateServer
from support import wait_until
from support.raw_server import Connection, RawServer
from support.shop import Shop, Simulate, number, text
from support.worker import NUMBER, TEXT, StartWorker, running_worker


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


def test_a_day_of_stale_wake_ups_does_not_delay_a_worker_that_starts(
    simulate: Simulate, shop: Shop, start_worker: StartWorker
) -> None:
    simulate()
    with redis.Redis.from_url(shop.bulkwire.settings.broker_url) as broker:
        broker.flushdb()
        shop.enqueue([1])
        [wake_up] = broker.lrange("bulkwire.dispatch", 0, -1)
        stale = json.loads(wake_up)
        stale["headers"]["expires"] = "2020-01-01T00:00:00+00:00"
        for _ in range(40):
            broker.rpush("bulkwire.dispatch", *[json.dumps(stale)] * 1000)

    with start_worker():
        shop.wait_for(within=30, delivered=1)


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


def test_the_provider_is_told_what_is_left_of_the_validity(
    shop: Shop, server: PrivateServer, tmp_path: Path
) -> None:
    shop.hold()
    shop.enqueue([1], validity_period=90)
    shop.enqueue([2])
    shop.age(1, minutes=30)

    def refuse(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with (
        RawServer(refuse) as provider,
        running_worker(server.url, provider.url, tmp_path),
    ):
        shop.lift("operator")
        wait_until(lambda: shop.holds().get("refused"), 60, "the request")
        sent = [one.received for one in provider.connections if b"POST " in one.received]

    messages = json.loads(sent[0].partition(b"\r\n\r\n")[2])["messages"]
    assert {m["to"]: m.get("validityPeriod") for m in messages} == {number(1): 59, number(2): None}
