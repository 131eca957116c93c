"""The scripts of repairs keep the rules of every transition."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from bulkwire.store.call import Call
from bulkwire.store.keys import Keys
from bulkwire.store.repairing import (
    repair_count,
    repair_index,
    repair_leases,
    repair_messages,
    repair_page,
    repair_turns,
)
from bulkwire.store.runner import Store
from bulkwire.store.scripts import script_names
from support.damage import populate
from support.script_watch import WRITES, touched_late, watched
from support.store_world import World

MESSAGES = ["s0", "s2", "s3", "s5", "s7", "s9", "s10", "n0", "n2"]
CASES: dict[str, Callable[[Keys], Call[Any]]] = {
    "repair_messages": lambda keys: repair_messages(keys, MESSAGES),
    "repair_index": lambda keys: repair_index(keys, "dead", ["s0", "s4", "nobody"]),
    "repair_leases": lambda keys: repair_leases(keys, ["kept", "gone", "ghost"]),
    "repair_turns": lambda keys: repair_turns(keys, ["", "spring"]),
    "repair_page": lambda keys: repair_page(keys, "c:spring", 0),
    "repair_count": lambda keys: repair_count(keys, "spring", "queued", seen=7, right=9),
}


@pytest.fixture
def world(redis_url: str) -> Iterator[World]:
    """An account that is damaged all over."""
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:
        world = World(Keys("acme"), store, redis)
        world.introduce()
        populate(world)
        names = ("poll", "dead", "in_doubt", "leases", "turns:normal", "due:normal", "rolls")
        for name in (*names, "batch:gone", "ready:normal:sms:spring"):
            redis.delete(world.keys.prefix + name)
        redis.rpush(world.keys.family("ready", "normal", "sms", "spring"), "s11")
        redis.zadd(world.keys.single("dead"), {"s4": 1, "nobody": 2})
        redis.zadd(world.keys.single("leases"), {"ghost": 3})
        redis.hdel(world.keys.message("s10"), "page")
        redis.hset(world.keys.family("roll_pages", "c:spring"), "archived:0", 5)
        yield world


@pytest.mark.parametrize("case", CASES)
def test_it_meets_every_key_before_it_writes(world: World, case: str) -> None:
    with watched(world.redis) as commands:
        world.run(CASES[case](world.keys))
    assert any(command[0] in WRITES for command in commands)
    assert touched_late(commands) == []


@pytest.mark.parametrize("case", CASES)
def test_run_twice_it_changes_nothing_more(world: World, case: str) -> None:
    # What was wrong the first time is wrong no more: so the answer differs.
    _, changed = world.changes(CASES[case](world.keys), answer_differs=True)
    assert changed


def test_every_repair_is_watched() -> None:
    assert set(CASES) == {name for name in script_names() if name.startswith("repair_")}
