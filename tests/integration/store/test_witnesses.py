"""After a restart claiming rests until every process that may have sent something has spoken."""

import json

import pytest

from bulkwire.store.recovering import attend
from bulkwire.store.sending import Waiting, claim
from bulkwire.store.steering import HoldReason, read_holds
from bulkwire.store.upkeep import reap
from support.store_world import AT_ONCE, World


def place_recovery(world: World, *, since: int) -> None:
    """A hold whose lease of 10 s is over."""
    hold = {
        "reason": "recovering", "since": since, "why": "x", "by": "y", "streak": 0,
        "ends_at": 1, "lease": 10_000,
    }  # fmt: skip
    world.redis.hset(world.keys.single("holds"), "recovering", json.dumps(hold))


def recovering_since(world: World, ms: int) -> None:
    """A recovery that began so long ago, with a lease of 10 s, of which the hold is over."""
    since = world.now() - ms
    world.redis.hset(world.keys.single("server"), "run_id", world.redis.info("server")["run_id"])
    place_recovery(world, since=since)


@pytest.mark.parametrize(
    ("seen_s_ago", "spoken_for", "since_s_ago", "waits"),
    [
        (5, "the server before", 12, True),  # it is there, and not done yet
        (5, "the server before", 39, True),
        (5, "the server before", 41, False),
        (11, "the server before", 16, False),  # it began to speak, and is not heard of any more
        (5, "this one", 12, False),
        (14, "the server before", 12, True),  # it was there when the server went
        (17, "the server before", 16, False),  # and is not heard of any more
        (60, "the server before", 12, True),  # nobody was seen later than that
    ],
)
def test_claiming_rests_until_who_may_know_something_has_spoken(
    world: World, seen_s_ago: int, spoken_for: str, since_s_ago: int, *, waits: bool
) -> None:
    world.put()
    recovering_since(world, since_s_ago * 1000)
    run_id = world.redis.info("server")["run_id"] if spoken_for == "this one" else spoken_for
    seen_at = world.now() - seen_s_ago * 1000
    world.redis.hset(world.keys.single("witnesses"), "w1", f"{seen_at} {run_id}")

    world.run(reap(world.keys))
    reasons = {hold.reason for hold in world.run(read_holds(world.keys))}
    assert (HoldReason.RECOVERING in reasons) == waits
    answer = world.run(claim(world.keys, "b1", terms=AT_ONCE))
    assert isinstance(answer, Waiting) == waits


def test_who_was_gone_long_before_the_server_is_not_waited_for(world: World) -> None:
    world.put()
    recovering_since(world, 12_000)
    for name, seconds in (("w1", 14), ("w2", 26)):
        run_id = world.redis.info("server")["run_id"] if name == "w1" else "the server before"
        seen_at = world.now() - seconds * 1000
        world.redis.hset(world.keys.single("witnesses"), name, f"{seen_at} {run_id}")
    assert world.take("b1").messages


def test_a_process_says_that_it_is_there(world: World) -> None:
    call = attend(world.keys, "w1", spoken_for="the server before")
    answer, changes = world.changes(call, moving={"witnesses"})
    assert answer == world.redis.info("server")["run_id"]
    assert changes == {"witnesses": {"w1": "T the server before"}}
    world.redis.hset(world.keys.single("witnesses"), "w0", "1700000000000 another")
    world.run(call)
    assert list(world.value(world.keys.single("witnesses"))) == ["w1"]
