"""A hold that is gone is told in the log, however it was lifted."""

from redis import Redis
from structlog.testing import capture_logs

from bulkwire.store.keys import Keys
from bulkwire.store.runner import AsyncStore, Store
from bulkwire.store.steering import HoldReason, lift_hold, read_holds
from bulkwire_workers.one_api.cautious import CautiousOneApi
from bulkwire_workers.provider_lines import Line
from bulkwire_workers.upkeep.hold_watch import HoldWatch
from support.store_world import World

NOBODY_LISTENS = "http://127.0.0.1:9"


async def test_a_hold_that_was_lifted_is_told_once(redis_url: str) -> None:
    keys = Keys("acme")
    line = Line(keys, CautiousOneApi(NOBODY_LISTENS, "key"), "fingerprint")
    async_store = AsyncStore(redis_url)

    async def wake() -> None:
        return None

    watch = HoldWatch(async_store, {"acme": line}, wake)
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store, capture_logs() as logged:
        world = World(keys, store, redis)
        world.hold(HoldReason.RATE, probe_in_ms=60_000)
        (hold,) = world.run(read_holds(keys))
        await watch.do()
        assert logged == []
        world.run(lift_hold(keys, hold))
        await watch.do()
        await watch.do()
    (line_of_log,) = logged
    assert (line_of_log["event"], line_of_log["hold"]) == ("hold_lifted", "rate")
    await line.api.aclose()
    await async_store.aclose()
