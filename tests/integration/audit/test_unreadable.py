"""What nobody can read is named, the audit goes on, and no repair guesses what it said."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bulkwire.states import State
from bulkwire.store.key_checks import TYPES
from bulkwire.store.keys import Keys, lua_keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import claim
from bulkwire.store.steering import HoldReason
from bulkwire.store.upkeep import reap
from bulkwire_cli.application import run
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from bulkwire_cli.auditing.faults import Subject
from bulkwire_cli.auditing.repair import repair_account
from support.damage import CAMPAIGN, populate
from support.damaged_records import BROKEN, FIELDS
from support.store_rules import broken_rules
from support.store_world import AT_ONCE, World

SINGLE = sorted(set(TYPES) - {"batch", "campaign", "due", "message", "rate", "ready", "roll"})
KEYS = sorted(
    {
        *(name for name in SINGLE if name not in {"roll_pages", "turns"}),
        "batch:gone", "due:low", "rate:sms", "turns:normal", f"campaign:{CAMPAIGN}",
        f"ready:normal:sms:{CAMPAIGN}", f"roll:c:{CAMPAIGN}:0", f"roll_pages:c:{CAMPAIGN}",
    }
)  # fmt: skip


@pytest.fixture
def world(redis_url: str) -> Iterator[World]:
    """An account with messages in every state."""
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:
        world = World(Keys("acme"), store, redis)
        world.introduce()
        populate(world)
        yield world


def audited(world: World) -> AccountAudit:
    return audit_account(world.store, world.keys)


def repaired(world: World) -> AccountAudit:
    return repair_account(world.store, world.keys, lambda _done, _all: None, audited(world))[0]


def named(audit: AccountAudit) -> set[tuple[str, str, str]]:
    return {(one.id, one.subject, one.what) for one in audit.faults}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_record_is_named_with_its_field_and_left_alone(world: World, broken: str) -> None:
    BROKEN[broken](world, "s10")
    what = (
        f"its record has no valid {FIELDS[broken]}" if broken in FIELDS else "its record is no hash"
    )
    before = world.value(world.keys.message("s10"))
    for audit in (audited(world), repaired(world)):
        assert named(audit) == {("s10", Subject.RECORD, what)}
        assert not audit.ok
    assert world.value(world.keys.message("s10")) == before
    # Who claims passes it by. It stands in no list any more, and is named as before.
    for n in range(3):
        world.run(claim(world.keys, f"c{n}", terms=AT_ONCE))
    assert "s10" not in world.ready(CAMPAIGN)
    assert named(audited(world)) == {("s10", Subject.RECORD, what)}


@pytest.mark.parametrize("message_id", ["n0", "s0", "s2", "s3", "s4", "s5"])
@pytest.mark.parametrize("broken", ["an unknown state", "no priority", "another type"])
def test_a_broken_record_is_named_in_every_state(
    world: World, message_id: str, broken: str
) -> None:
    BROKEN[broken](world, message_id)
    before = world.value(world.keys.message(message_id))
    found = repaired(world)
    assert {(one.id, one.subject) for one in found.faults} == {(message_id, Subject.RECORD)}
    assert world.value(world.keys.message(message_id)) == before


def test_other_things_are_repaired_beside_a_broken_record(world: World) -> None:
    BROKEN["an unknown state"](world, "s10")
    world.redis.delete(world.keys.single("dead"))
    assert {one.id for one in audited(world).faults} == {"s10", "s3"}
    assert {one.id for one in repaired(world).faults} == {"s10"}


def test_a_bogus_state_under_a_batch_that_is_gone_is_not_taken_for_doubt(world: World) -> None:
    BROKEN["an unknown state"](world, "s5")
    world.redis.delete(world.keys.family("batch", "gone"))
    repaired(world)
    assert world.state("s5") == "bogus"
    assert world.state("s6") == State.IN_DOUBT
    world.run(reap(world.keys))
    assert world.state("s5") == "bogus"


def test_every_state_there_is_can_be_read(world: World) -> None:
    for state in set(State) - {State.ARCHIVED}:
        world.redis.hset(world.keys.message("s0"), "state", state)
        assert Subject.RECORD not in {one.subject for one in audited(world).faults}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_another_type_is_named_and_nothing_is_repaired(world: World, key: str) -> None:
    world.redis.delete(world.keys.prefix + key)
    world.redis.set(world.keys.prefix + key, "x")
    (fault,) = [one for one in audited(world).faults if one.subject is Subject.KEY]
    wanted = TYPES[key.partition(":")[0]]
    assert (fault.id, fault.what) == (key, f"is a string, not a {wanted}")
    dump = world.dump()
    assert not repaired(world).ok
    assert world.dump() == dump


def test_the_type_of_every_key_is_known() -> None:
    words = set(re.findall(r"\w+", Path(inspect.getfile(Keys)).read_text()))
    names = re.findall(r"^  (\w+) = ", lua_keys(words), re.MULTILINE)
    assert sorted(TYPES) == sorted(names)


@pytest.mark.parametrize("junk", ["x", "5", "{}", '{"reason":"rate","since":"now"}', b"\xff"])
def test_a_hold_that_nobody_can_read_is_named_and_goes_on_standing(
    world: World, junk: str | bytes
) -> None:
    world.hold(HoldReason.OPERATOR)
    assert audited(world).ok
    world.redis.hset(world.keys.single("holds"), "rate", junk)
    for audit in (audited(world), repaired(world)):
        (fault,) = audit.faults
        assert (fault.id, fault.subject) == ("rate", Subject.HOLD)
        assert "HDEL bulkwire:{acme}:holds rate" in fault.what
    assert world.redis.hexists(world.keys.single("holds"), "rate")


def test_counts_are_corrected_beside_a_hold_that_nobody_can_read(world: World) -> None:
    world.redis.hset(world.keys.single("holds"), "rate", "x")
    world.redis.hset(world.keys.single("counts"), "dead", "x")
    assert not repaired(world).differences
    assert world.counts()["dead"] == 1


def test_records_that_no_roll_names_are_looked_for_where_the_total_cannot_be_read(
    world: World,
) -> None:
    world.redis.lrem(world.keys.family("roll", f"c:{CAMPAIGN}", "0"), 0, "s9")
    world.redis.hincrby(world.keys.single("counts"), "total", -1)
    world.redis.hset(world.keys.campaign(CAMPAIGN), "count:total", "x")
    assert "s9" in {one.id for one in audited(world).faults}
    assert repaired(world).ok
    assert broken_rules(world) == []


def test_the_command_names_all_of_it_and_audits_the_other_accounts(
    world: World,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", redis_url)
    World(Keys("shop"), world.store, world.redis).put()
    for account in ("acme", "shop"):
        world.redis.sadd("bulkwire:accounts", account)
    BROKEN["an unknown state"](world, "s10")
    world.redis.hset(world.keys.single("counts"), "dead", "x")
    world.redis.hset(world.keys.single("holds"), "rate", "x")
    assert run(["audit"]) == 1
    out = capsys.readouterr().out
    assert "s10: its record has no valid state" in out
    assert "count dead: is no whole number" in out
    assert "hold rate: cannot be read, so nothing is sent" in out
    assert run(["audit", "--repair"]) == 1
    assert "Records that are broken are left alone" in capsys.readouterr().out
    world.redis.set(world.keys.single("poll"), "x")
    assert run(["audit", "--repair", "--json"]) == 1
    accounts = json.loads(capsys.readouterr().out)["accounts"]
    assert accounts["shop"]["ok"]
    assert {"id": "poll", "what": "is a string, not a zset", "subject": "key"} in (
        accounts["acme"]["wrong"]
    )
