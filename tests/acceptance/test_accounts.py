"""Several accounts on one worker: the trouble of one is not the trouble of another."""

import json

import redis

from bulkwire import Bulkwire, State
from bulkwire.store.keys import Keys
from bulkwire_cli.private_server import PrivateServer
from support import wait_until
from support.shop import Simulate, text
from support.worker import StartWorker


def test_an_account_whose_records_are_broken_does_not_stop_another(
    simulate: Simulate, server: PrivateServer, start_worker: StartWorker
) -> None:
    simulate()
    keys = json.dumps({"broken": "key-of-broken", "sound": "key-of-sound"})
    with redis.Redis.from_url(server.url) as store, Bulkwire(redis_url=server.url) as queue:
        messages = [text(n, account=account) for n in range(50) for account in ("broken", "sound")]
        ids = [result.id for result in queue.enqueue_messages(messages)][1::2]
        # As a restore gone wrong could leave it: every claim of this account fails.
        store.delete(Keys("broken").family("turns", "normal"))
        store.set(Keys("broken").family("turns", "normal"), "not a sorted set")

        def delivered() -> bool:
            found = [queue.get_message(one, account="sound") for one in ids]
            return all(message.state is State.DELIVERED for message in found)

        with start_worker(API_KEYS=keys, troubled=True) as worker:
            wait_until(delivered, 60, "the sound account's messages delivered")
            assert "account_left_out" in worker.output()
        assert store.hget(Keys("broken").anchor, "queued") == b"50"
