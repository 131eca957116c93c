"""The store of one account on an empty database, whose rules are checked after every test."""

from collections.abc import Iterator

import pytest
from redis import Redis

from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from support.patience import REPLY_S
from support.store_rules import broken_rules
from support.store_world import World


@pytest.fixture
def world(redis_url: str) -> Iterator[World]:
    """An empty account. At the end every key has an owner, and everything adds up."""
    with Redis.from_url(redis_url) as redis, Store(redis_url, reply_timeout_s=REPLY_S) as store:
        world = World(Keys("acme"), store, redis)
        world.introduce()
        yield world
        assert broken_rules(world) == []
