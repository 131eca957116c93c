"""What a worker's witness says when it looks at its server for the first time."""

from redis import Redis
from structlog.testing import capture_logs

from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import ClaimTerms
from bulkwire_workers.sending.recollection import Recollection
from bulkwire_workers.sending.witness import Witness
from support.store_world import World


def test_a_first_look_at_a_server_that_forgot_nothing_is_no_warning(redis_url: str) -> None:
    keys, recollection = Keys("acme"), Recollection()
    witness = Witness(redis_url, [keys], recollection, terms=ClaimTerms(), first_check_ms=1_000)
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store, capture_logs() as lines:
        world = World(keys, store, redis)
        world.put()
        batch = world.take()
        world.depart()
        recollection.departs(keys, batch, 1, ["m1"])
        witness.look(keys)
        witness.stop()
    assert [line for line in lines if line["log_level"] == "warning"] == []
