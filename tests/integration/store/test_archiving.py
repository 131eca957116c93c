"""What is archived leaves nothing behind but numbers: records, then pages, then whole hours go."""

import pytest

from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.enqueueing import open_campaign
from bulkwire.store.upkeep import Archived, archive_page, read_extent, read_rolls
from bulkwire_cli.auditing.audit import audit_account
from support.script_watch import touched_late, watched
from support.store_world import World

SPRING = "c:spring"
PAGE = 200
DAY_MS = 86_400_000


def archive(world: World, roll: str, page: int) -> Call[Archived]:
    return archive_page(world.keys, roll, page, retention_ms=0, dead_retention_ms=0)


def put_final(world: World, *numbers: int, campaign: str | None = "spring") -> None:
    for n in numbers:
        world.put(f"m{n}", to=f"2782{n:04d}", campaign=campaign)
        world.run(world.cancelling(f"m{n}"))


def assert_true(world: World, **counts: int) -> None:
    audit = audit_account(world.store, world.keys)
    assert audit.ok, (audit.faults, audit.differences)
    assert world.counts() == counts


def make_past(world: World) -> str:
    """As if the messages without a campaign had been taken in an hour ago; answers their roll."""
    (now,) = world.run(read_rolls(world.keys))
    past = f"h:{int(now.removeprefix('h:')) - 1}"
    for key in [key for key in world.dump() if key.startswith(world.keys.prefix + "roll")]:
        if f":{now}" in key:
            world.redis.rename(key, key.replace(now, past))
    world.redis.zrem(world.keys.single("rolls"), now)
    world.redis.zadd(world.keys.single("rolls"), {past: 1})
    for key in [key for key in world.dump() if key.startswith(world.keys.message(""))]:
        page = world.value(key)["page"]
        world.redis.hset(key, "page", page.replace(now, past))
    return past


def test_a_full_page_goes_once_everything_of_it_is_archived(world: World) -> None:
    put_final(world, *range(PAGE + 1))
    world.changes(archive(world, SPRING, 0), answer_differs=True)
    roll = world.keys.family("roll", SPRING, "0")
    assert not world.redis.exists(roll)
    assert world.value(world.keys.family("roll_pages", SPRING)) == {"length": "201", "first": "1"}
    extent = world.run(read_extent(world.keys, SPRING))
    assert (extent.pages, extent.gone) == (range(1, 2), PAGE)
    assert_true(world, archived=PAGE, cancelled=1, total=PAGE + 1)


def test_the_page_that_grows_stays(world: World) -> None:
    put_final(world, 0, 1)
    world.run(archive(world, SPRING, 0))
    put_final(world, 2)
    assert world.value(world.keys.family("roll", SPRING, "0")) == ["m0", "m1", "m2"]
    assert_true(world, archived=2, cancelled=1, total=3)


def test_a_page_stays_with_what_is_in_doubt_while_later_ones_go(world: World) -> None:
    put_final(world, *range(1, PAGE))
    world.put("doubt", to="27999", campaign="spring")
    world.take()
    world.depart()
    world.lapse("b1")
    put_final(world, *range(PAGE, 3 * PAGE))
    for page in (2, 1, 0):
        world.run(archive(world, SPRING, page))
    assert world.run(read_extent(world.keys, SPRING)).pages == range(3)
    assert not world.redis.exists(world.keys.family("roll", SPRING, "1"))
    assert_true(world, archived=3 * PAGE - 1, sending=1, total=3 * PAGE)

    world.redis.hset(world.keys.message("doubt"), "state", State.CANCELLED)
    world.redis.hincrby(world.keys.single("counts"), "sending", -1)
    world.redis.hincrby(world.keys.single("counts"), "cancelled", 1)
    for field, by in (("count:sending", -1), ("count:cancelled", 1)):
        world.redis.hincrby(world.keys.campaign("spring"), field, by)
    world.redis.delete(world.keys.single("leases"), world.keys.family("batch", "b1"))
    world.run(archive(world, SPRING, 0))
    assert world.run(read_extent(world.keys, SPRING)).gone == 3 * PAGE
    assert_true(world, archived=3 * PAGE, total=3 * PAGE)


def test_an_hour_that_is_over_leaves_only_how_many_they_were(world: World) -> None:
    put_final(world, *range(PAGE + 3), campaign=None)
    past = make_past(world)
    for page in (0, 1):
        world.changes(archive(world, past, page), answer_differs=True)
    assert world.run(read_rolls(world.keys)) == ["h:past"]
    assert world.value(world.keys.family("roll_pages", "h:past")) == {"gone": str(PAGE + 3)}
    put_final(world, 999, campaign=None)
    past = make_past_of_new(world)
    world.run(archive(world, past, 0))
    assert world.value(world.keys.family("roll_pages", "h:past")) == {"gone": str(PAGE + 4)}
    assert_true(world, archived=PAGE + 4, total=PAGE + 4)


def make_past_of_new(world: World) -> str:
    world.redis.zrem(world.keys.single("rolls"), "h:past")
    past = make_past(world)
    world.redis.zadd(world.keys.single("rolls"), {"h:past": 0})
    return past


def test_it_meets_every_key_before_it_writes_also_where_pages_and_hours_go(world: World) -> None:
    put_final(world, *range(PAGE + 3), campaign=None)
    past = make_past(world)
    with watched(world.redis) as commands:
        world.store.run_many([archive(world, past, 1), archive(world, past, 0)])
    starts = [n for n, command in enumerate(commands) if command[0] == "TIME"]
    assert len(starts) == 2
    assert touched_late(commands[: starts[1]]) == []
    assert touched_late(commands[starts[1] :]) == []


def test_a_page_that_lost_a_record_stays_to_tell_of_it(world: World) -> None:
    put_final(world, *range(PAGE))
    world.redis.delete(world.keys.message("m7"))
    world.run(archive(world, SPRING, 0))
    assert world.redis.exists(world.keys.family("roll", SPRING, "0"))
    audit = audit_account(world.store, world.keys)
    assert "1 of the 200 such ids of its page were not archived" in audit.faults[0].what
    world.redis.flushdb()


@pytest.mark.parametrize("again", range(3))
def test_an_id_taken_in_again_and_again_is_archived_each_time(world: World, again: int) -> None:
    for n in range(again + 1):
        world.put("m", token=f"t{n}", campaign="spring")
        world.run(world.cancelling("m"))
        world.run(archive(world, SPRING, 0))
        assert_true(world, archived=n + 1, total=n + 1)


def test_nothing_of_a_campaign_is_archived_while_it_may_be_imported(world: World) -> None:
    """What the import comes to after its archiving would be taken for new, and sent twice."""
    world.put(campaign="spring")
    world.run(world.cancelling())
    call = archive_page(world.keys, "c:spring", 0, retention_ms=DAY_MS, dead_retention_ms=DAY_MS)
    world.redis.hset(world.keys.message("m1"), "changed_at", world.now() - 2 * DAY_MS)
    assert world.run(open_campaign(world.keys, "spring", salt="s")).archived == 0
    assert world.run(call) == Archived(0, 1)
    assert not world.put(campaign="spring", token="imported again").created

    world.redis.hset(world.keys.campaign("spring"), "opened_at", world.now() - 3_700_000)
    assert world.run(call) == Archived(1, 0)
