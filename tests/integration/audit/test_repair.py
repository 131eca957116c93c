"""Each kind of damage is named and mended, from the records, and never towards sending again."""

from collections.abc import Iterator

import pytest
from redis import Redis

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.upkeep import reap
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from bulkwire_cli.auditing.repair import Repairs, repair_account, repairs_for
from support.damage import DAMAGES, populate
from support.store_rules import broken_rules
from support.store_world import World


@pytest.fixture
def world(redis_url: str) -> Iterator[World]:
    """An account with messages in every state."""
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:
        world = World(Keys("acme"), store, redis)
        world.introduce()
        populate(world)
        assert broken_rules(world) == []
        yield world


def audited(world: World) -> AccountAudit:
    return audit_account(world.store, world.keys)


def repaired(world: World) -> tuple[AccountAudit, Repairs]:
    return repair_account(world.store, world.keys, lambda _done, _all: None, audited(world))


def words(repairs: Repairs) -> set[str]:
    counts = {f"{one.name} is {one.right}, not {one.seen}" for one in repairs.counts}
    return {f"{fault.id}: {fault.what}" for fault in repairs.faults} | counts


def states(world: World) -> dict[str, str | None]:
    return {f"{kind}{n}": world.state(f"{kind}{n}") for kind in "sn" for n in range(16)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named_and_mended_and_nothing_moves_towards_sending(
    world: World, damage: str
) -> None:
    before = states(world)
    do, expected = DAMAGES[damage]
    do(world)
    assert not audited(world).ok

    afterwards, done = repaired(world)

    assert any(expected in word for word in words(done)), words(done)
    assert afterwards.ok
    assert broken_rules(world) == []
    moved = {
        one: (was, now)
        for (one, was), now in zip(before.items(), states(world).values(), strict=True)
        if was != now
    }
    assert set(moved.values()) <= {(State.SENDING, State.IN_DOUBT)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_repairing_again_changes_nothing(world: World, damage: str) -> None:
    DAMAGES[damage][0](world)
    repaired(world)
    dump = world.dump()
    afterwards, done = repaired(world)
    assert afterwards.ok
    assert not done
    assert world.dump() == dump


@pytest.mark.parametrize("damage", DAMAGES)
def test_looking_only_changes_nothing_and_says_the_same(world: World, damage: str) -> None:
    DAMAGES[damage][0](world)
    found = audited(world)
    dump = world.dump()
    would = repairs_for(world.store, world.keys, found, only_look=True)
    assert world.dump() == dump
    # One lease mends all messages of its batch.
    done = repairs_for(world.store, world.keys, found)
    assert done
    assert words(done) <= words(would)


def test_a_batch_that_lost_its_lease_is_taken_back_like_any_other(world: World) -> None:
    world.redis.delete(world.keys.single("leases"))
    repaired(world)
    world.run(reap(world.keys))
    assert [world.state(f"s{n}") for n in (5, 6)] == ["in_doubt"] * 2
    assert [world.state(f"s{n}") for n in (7, 8)] == ["queued"] * 2
    assert broken_rules(world) == []


def test_what_was_sent_under_a_lost_batch_waits_for_people_even_if_it_said_resend(
    world: World,
) -> None:
    world.redis.hset(world.keys.message("s5"), "on_doubt", "resend")
    world.redis.delete(world.keys.family("batch", "gone"))
    repaired(world)
    record = world.record("s5")
    assert (record["state"], record["reason"], record["batch"]) == ("in_doubt", "repaired", "gone")


def test_a_lost_record_is_named_every_time_and_never_made_up(world: World) -> None:
    world.redis.delete(world.keys.message("s9"))
    afterwards, _ = repaired(world)
    assert not afterwards.ok
    # s1 was archived, and of two ids without a record nobody can tell which one was.
    assert {fault.id for fault in afterwards.faults} == {"s1", "s9"}
    assert "1 of the 2 such ids of its page were not archived" in afterwards.faults[0].what
    assert world.state("s9") is None
    # The count goes on saying which state it was in.
    assert afterwards.differences == {("", "queued"): 1, ("spring", "queued"): 1}


def test_counts_are_left_alone_while_their_owner_moves(
    world: World,
) -> None:
    world.redis.hincrby(world.keys.single("counts"), "delivered", 3)
    found = audited(world)
    world.put("late")
    world.redis.hincrby(world.keys.single("counts"), "delivered", 1)
    assert not repairs_for(world.store, world.keys, found)
    assert world.counts()["delivered"] == 5


def test_a_record_that_says_no_page_is_given_the_one_that_names_it(world: World) -> None:
    for n in range(185):
        world.put(f"f{n}", to=f"2784{n:04d}", campaign="spring")
    world.redis.hdel(world.keys.message("s9"), "page")
    afterwards, _ = repaired(world)
    assert afterwards.ok
    assert world.record("s9")["page"] == "c:spring/0"
