"""A record that is broken stays as it is and stops nothing else of its account."""

from collections.abc import Iterator

import pytest
from redis import Redis

from bulkwire.outcomes import Accepted
from bulkwire.states import State
from bulkwire.store.call import command
from bulkwire.store.campaigns import pause_campaign
from bulkwire.store.keys import Keys
from bulkwire.store.overview import read_campaign
from bulkwire.store.runner import Store
from bulkwire.store.sending import claim
from bulkwire.store.status_updates import StatusKind, claim_checks
from bulkwire.store.upkeep import archive_page, move_due, reap
from bulkwire.store.workers import claimable
from support.damaged_records import BROKEN, Break
from support.patience import REPLY_S
from support.store_world import AT_ONCE, World


@pytest.fixture
def world(redis_url: str) -> Iterator[World]:
    """An account whose rules may be broken."""
    with Redis.from_url(redis_url) as redis, Store(redis_url, reply_timeout_s=REPLY_S) as store:
        world = World(Keys("acme"), store, redis)
        world.introduce()
        yield world


def kept(world: World, message_id: str) -> object:
    return world.value(world.keys.message(message_id))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_queued_one_is_passed_by_and_the_queue_goes_on(world: World, broken: str) -> None:
    world.put("bad", to="27820000002")
    world.put("good", to="27820000003")
    BROKEN[broken](world, "bad")
    before = kept(world, "bad")
    assert [one.id for one in world.take().messages] == ["good"]
    assert kept(world, "bad") == before
    assert world.ready() == []
    assert world.ask().again_in_ms is None


@pytest.mark.parametrize("broken", BROKEN)
def test_a_list_of_nothing_else_wakes_nobody(world: World, broken: str) -> None:
    world.put("bad")
    BROKEN[broken](world, "bad")
    assert not world.run(claimable(world.keys, most_per_second={}))
    assert world.ask().again_in_ms == 0
    assert world.ask().again_in_ms is None


WAITING = sorted(set(BROKEN) - {"no turn", "a turn that is no number", "no time of queueing"})
"""What breaks a record whether it is queued or scheduled."""
ANYWHERE = sorted(set(WAITING) - {"a validity that is no number"})
"""What breaks it in any state."""


@pytest.mark.parametrize("broken", WAITING)
def test_one_that_is_due_is_passed_by(world: World, broken: str) -> None:
    for n, name in enumerate(("bad", "good")):
        world.put(name, to=f"2782{n}", send_at_ms=world.now() + 60_000)
        world.make_due(name)
    BROKEN[broken](world, "bad")
    before = kept(world, "bad")
    assert world.run(move_due(world.keys)).moved == 1
    assert kept(world, "bad") == before
    assert world.state("good") == State.QUEUED


@pytest.mark.parametrize("broken", ANYWHERE)
def test_one_that_was_being_sent_keeps_no_lease_from_lapsing(world: World, broken: str) -> None:
    for n, name in enumerate(("bad", "good")):
        world.put(name, to=f"2782{n}")
    world.take()
    world.depart()
    world.lapse("b1")
    BROKEN[broken](world, "bad")
    before = kept(world, "bad")
    assert world.run(reap(world.keys)).in_doubt == 1
    assert kept(world, "bad") == before
    assert world.state("good") == State.IN_DOUBT


@pytest.mark.parametrize("broken", ANYWHERE)
def test_answers_about_others_of_its_batch_are_written(world: World, broken: str) -> None:
    for n, name in enumerate(("bad", "good")):
        world.put(name, to=f"2782{n}")
    world.take()
    world.depart()
    BROKEN[broken](world, "bad")
    before = kept(world, "bad")
    states = world.settle({"bad": Accepted("api1"), "good": Accepted("api2")})
    assert states == {"bad": None, "good": State.ACCEPTED}
    assert kept(world, "bad") == before


@pytest.mark.parametrize("broken", [*ANYWHERE, "no time of acceptance"])
def test_others_are_checked_and_archived(world: World, broken: str) -> None:
    breaks: dict[str, Break] = {**BROKEN, "no time of acceptance": _not_accepted}
    for n, name in enumerate(("bad", "good")):
        world.put(name, to=f"2782{n}", campaign="spring")
    world.take()
    world.depart()
    world.settle({"bad": Accepted("api1"), "good": Accepted("api2")})
    world.redis.zadd(world.keys.single("poll"), {"bad": 1, "good": 2})
    breaks[broken](world, "bad")
    before = kept(world, "bad")
    checks = world.run(claim_checks(world.keys, most=9, hold_ms=60_000))
    assert [check.id for check in checks.due] == ["good"]
    world.tell(StatusKind.DELIVERED, "good", api_id="api2")
    call = archive_page(world.keys, "c:spring", 0, retention_ms=0, dead_retention_ms=0)
    assert world.run(call).archived == 1
    assert kept(world, "bad") == before


def _not_accepted(world: World, message_id: str) -> None:
    world.redis.hdel(world.keys.message(message_id), "accepted_at")


def test_what_stands_in_another_list_goes_to_its_own(world: World) -> None:
    world.put("own")
    world.put("stray", to="27820000002", campaign="spring")
    seen = world.run(read_campaign(world.keys, "spring"))
    assert seen
    world.run(pause_campaign(world.keys, seen, why="x", by="me"))
    world.redis.lrem(world.keys.family("ready", "normal", "sms", "spring"), 0, "stray")
    world.redis.lpush(world.keys.family("ready", "normal", "sms", ""), "stray")
    assert [one.id for one in world.take().messages] == ["own"]
    assert world.ready("spring") == ["stray"]
    assert world.state("stray") == State.QUEUED
    assert world.ask().again_in_ms is None


@pytest.mark.parametrize(
    ("priority", "channel"), [("high", "sms"), ("normal", "whatsapp"), ("low", "sms")]
)
def test_nothing_is_sent_by_another_channel_or_priority_than_its_own(
    world: World, priority: str, channel: str
) -> None:
    world.put("stray", to="27820000002")
    world.redis.delete(world.keys.family("ready", "normal", "sms", ""))
    world.redis.delete(world.keys.family("turns", "normal"))
    world.redis.rpush(world.keys.family("ready", priority, channel, ""), "stray")
    world.redis.zadd(world.keys.family("turns", priority), {f"{channel}:": 0})
    assert world.ask().again_in_ms == 0
    assert world.take().channel == "sms"


def test_an_answer_that_nobody_can_read_is_trouble_of_the_store_and_quotes_nothing(
    world: World,
) -> None:
    world.redis.set("secret", "27820000001")

    def junk(_: object) -> object:
        raise ValueError("27820000001")

    bad, good = world.store.try_many(
        [command("GET", "secret", read=junk), claim(world.keys, "b1", terms=AT_ONCE)]
    )
    assert str(bad) == "what the store holds cannot be read: GET (ValueError)"
    assert not isinstance(good, Exception)
