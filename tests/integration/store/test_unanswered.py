"""Requests in a row without an answer: each counts once, an answer ends the streak."""

import json

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered
from bulkwire.states import Category
from bulkwire.store.call import Call
from bulkwire.store.steering import HoldReason, RanInto, place_hold, read_holds
from support.store_world import World

LOST = Unanswered("http_502")
CONTENT = Rejected("invalid_parameter", Category.CONTENT, code=23)


def holding(world: World, batch: str) -> Call[bool]:
    return place_hold(
        world.keys, HoldReason.REFUSED, comes_from=RanInto(batch, 1), why=f"by {batch}",
        by="worker", probe_in_ms=60_000, after=3,
    )  # fmt: skip


def send(world: World, batch: str, outcome: Outcome = LOST) -> bool:
    """One batch of one message; True where it placed the hold."""
    world.put(f"of-{batch}", to=f"2782000{batch[1:]}")
    world.take(batch)
    world.depart(batch)
    placed = outcome is LOST and world.run(holding(world, batch))
    world.settle({f"of-{batch}": outcome}, batch)
    return placed


def unanswered(world: World) -> object:
    return (world.value(world.keys.single("health")) or {}).get("unanswered")


def test_the_third_in_a_row_places_the_hold(world: World) -> None:
    assert [send(world, f"b{n}") for n in (1, 2)] == [False, False]
    assert unanswered(world) == "2"
    assert world.run(read_holds(world.keys)) == []
    assert send(world, "b3")
    (hold,) = world.run(read_holds(world.keys))
    assert (hold.field, hold.why, hold.streak) == ("refused", "by b3", 0)
    assert unanswered(world) is None


def test_an_acceptance_or_a_rejection_ends_the_streak(world: World) -> None:
    for n, answer in ((10, Accepted("api")), (20, CONTENT)):
        send(world, f"b{n}")
        send(world, f"b{n + 1}")
        send(world, f"b{n + 2}", answer)
        assert unanswered(world) is None
        assert not send(world, f"b{n + 3}")
        assert unanswered(world) == "1"
        send(world, f"b{n + 4}", Accepted("api"))
    assert world.run(read_holds(world.keys)) == []


def test_a_batch_counts_once_however_often_the_command_runs(world: World) -> None:
    for n in (1, 2):
        world.put(f"m{n}", to=f"2782000000{n}")
        world.take(f"b{n}")
        world.depart(f"b{n}")
    for _ in range(3):
        assert not world.run(holding(world, "b1"))
        assert not world.run(holding(world, "b2"))
    assert unanswered(world) == "2"


def test_the_batch_that_placed_it_gets_the_same_answer_again(world: World) -> None:
    for n in (1, 2):
        send(world, f"b{n}")
    world.put("m3")
    world.take("b3")
    world.depart("b3")
    assert world.run(holding(world, "b3"))
    before = world.dump()
    assert world.run(holding(world, "b3"))
    assert world.dump() == before


def test_a_batch_that_is_gone_does_not_count(world: World) -> None:
    send(world, "b1")
    assert not world.run(holding(world, "b1"))
    assert not world.run(holding(world, "never"))
    assert unanswered(world) == "1"


def test_a_trial_without_an_answer_makes_the_next_one_wait_longer(world: World) -> None:
    for n in (1, 2, 3):
        send(world, f"b{n}")
    key = world.keys.single("holds")
    standing = world.value(key)["refused"]
    world.redis.hset(key, "refused", json.dumps({**standing, "probe_at": 1}))
    world.put("m4")
    world.put("m5", to="27820000005")
    assert len(world.take("b4").messages) == 1
    world.depart("b4")
    assert not world.run(holding(world, "b4"))
    (after,) = world.run(read_holds(world.keys))
    assert after.streak == 1
    assert after.probe_at_ms is not None
    assert after.probe_at_ms > world.now() + 110_000
