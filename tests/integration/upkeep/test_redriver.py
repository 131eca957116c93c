"""What a used-up balance rejected goes out again once its hold is lifted, and nothing else does."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from redis import Redis

from bulkwire.outcomes import Rejected
from bulkwire.states import Category
from bulkwire.store.keys import Keys
from bulkwire.store.redrives import read_redrives
from bulkwire.store.runner import AsyncStore, Store
from bulkwire.store.steering import HoldReason, lift_hold, place_hold, read_holds
from bulkwire_workers.upkeep.redriver import Redriver
from support.store_rules import broken_rules
from support.store_world import World

REFUSED = Rejected("insufficient_account_balance", Category.ACCOUNT, code=20)
OTHER = Rejected("payload_malformed", Category.CONTENT, code=21)


@pytest.fixture
def world(redis_url: str) -> Iterator[World]:
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:
        world = World(Keys("acme"), store, redis)
        yield world
        assert broken_rules(world) == []


@pytest.fixture
async def redriver(redis_url: str, world: World) -> AsyncIterator[Redriver]:
    store = AsyncStore(redis_url)

    async def wake() -> None:
        return None

    yield Redriver(store, [world.keys], wake)
    await store.aclose()


def die(world: World, first: int, messages: int) -> None:
    """Every tenth for another reason than the balance."""
    for begin in range(first, first + messages, 100):
        for n in range(begin, begin + 100):
            world.put(f"m{n:04d}", to=f"2782{n:07d}")
        batch = world.take(f"b{begin}")
        world.depart(batch.id)
        outcomes = {m.id: OTHER if m.id.endswith("0") else REFUSED for m in batch.messages}
        world.settle(outcomes, batch.id)


def place(world: World) -> None:
    world.run(
        place_hold(
            world.keys,
            HoldReason.BALANCE,
            comes_from=world.now(),
            why="402",
            by="worker",
            redrive=True,
        )
    )


def lift(world: World) -> None:
    (hold,) = world.run(read_holds(world.keys))
    assert world.run(lift_hold(world.keys, hold))


async def test_what_died_under_the_hold_goes_out_again_and_nothing_else(
    world: World, redriver: Redriver
) -> None:
    die(world, 0, 100)
    place(world)
    (hold,) = world.run(read_holds(world.keys))
    dead = world.keys.single("dead")
    world.redis.zadd(dead, dict.fromkeys(world.value(dead), hold.since_ms))
    world.redis.zadd(dead, {"m0001": 1, "m0002": world.now() + 60_000}, xx=True)
    await redriver.do()
    assert world.counts() == {"dead": 100, "total": 100}, "the hold stands"
    lift(world)
    await redriver.do()
    assert world.counts() == {"dead": 12, "queued": 88, "total": 100}
    assert {world.state("m0001"), world.state("m0002"), world.state("m0010")} == {"dead"}
    assert world.run(read_redrives(world.keys)) == []


async def test_a_thousand_that_died_in_one_millisecond_go_out_and_a_killed_walk_is_walked_again(
    world: World, redriver: Redriver
) -> None:
    die(world, 0, 1_000)
    dead = world.keys.single("dead")
    world.redis.zadd(dead, dict.fromkeys(world.value(dead), 7))

    def want() -> None:
        key = world.keys.single("redrives")
        world.redis.hset(key, "balance", json.dumps({"since": 7, "until": 7}))

    want()
    await redriver.do()
    assert world.counts() == {"dead": 100, "queued": 900, "total": 1000}
    # Killed before it could say that it was done: the next worker walks again, and finds nothing.
    before = world.dump()
    want()
    await redriver.do()
    assert world.dump() == before
