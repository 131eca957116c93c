"""Whose turn it is: priorities first, then fair shares."""

from collections import Counter
from typing import Any

from bulkwire.states import Channel, Priority
from bulkwire.store.sending import ORDER, Waiting
from bulkwire.store.steering import HoldReason, lift_hold, place_hold, read_holds
from support.store_world import AT_ONCE, World

LOW_FIRST = (Priority.HIGH, Priority.LOW, Priority.NORMAL)


def put_many(world: World, count: int, campaign: str, **more: Any) -> None:
    for n in range(count):
        world.put(f"{campaign}{n}", to=f"2782{n:07}", campaign=campaign, **more)


def test_high_goes_first_and_low_before_normal_only_when_it_is_its_turn(world: World) -> None:
    for priority in Priority:
        for n in range(2):
            world.put(f"{priority}{n}", to=f"2782{n}", priority=priority)
        world.put(f"{priority}9", to="2789", priority=priority, channel=Channel.WHATSAPP)
    orders = [ORDER, ORDER, LOW_FIRST, ORDER, ORDER, LOW_FIRST]
    first = []
    for n, order in enumerate(orders):
        batch = world.take(f"b{n}", order=order)
        assert len({message.priority for message in batch.messages}) == 1
        first.append(batch.messages[0].priority.value)
    assert first == ["high", "high", "low", "normal", "normal", "low"]


def test_two_campaigns_of_a_thousand_take_turns(world: World) -> None:
    put_many(world, 1000, "a")
    put_many(world, 1000, "b")
    turns = [world.take(f"b{n}").messages[0].campaign for n in range(20)]
    assert turns == ["a", "b"] * 10


def test_a_campaign_that_comes_later_shares_at_once_and_catches_up_on_nothing(
    world: World,
) -> None:
    put_many(world, 1000, "old")
    for n in range(5):
        world.take(f"b{n}")
    put_many(world, 500, "new")
    turns = [world.take(f"c{n}").messages[0].campaign for n in range(8)]
    assert Counter(turns[1:]) in ({"old": 4, "new": 3}, {"old": 3, "new": 4})
    assert turns[0] == "new"


def test_a_campaign_of_small_batches_gets_as_many_messages_not_as_many_turns(
    world: World,
) -> None:
    put_many(world, 300, "big")
    put_many(world, 40, "small")
    for n in range(40):
        world.redis.hset(world.keys.message(f"small{n}"), "alone", "1")
    turns = [world.take(f"b{n}").messages[0].campaign for n in range(22)]
    assert turns.count("big") == 1
    assert turns.count("small") == 21


def test_a_list_that_waited_behind_a_hold_does_not_catch_up(world: World) -> None:
    put_many(world, 400, "held", channel=Channel.WHATSAPP)
    put_many(world, 800, "open")
    hold = place_hold(
        world.keys,
        HoldReason.OPERATOR,
        comes_from=world.now(),
        why="test",
        by="me",
        channel=Channel.WHATSAPP,
    )
    world.run(hold)
    for n in range(4):
        assert world.take(f"b{n}").messages[0].campaign == "open"
    world.run(lift_hold(world.keys, world.run(read_holds(world.keys))[0]))
    turns = [world.take(f"c{n}").messages[0].campaign for n in range(6)]
    assert Counter(turns) == {"held": 3, "open": 3}


def test_a_login_code_overtakes_a_campaign_that_is_under_way(world: World) -> None:
    put_many(world, 300, "spring")
    world.take("b1")
    world.put("code", priority=Priority.HIGH)
    assert [m.id for m in world.take("b2").messages] == ["code"]


def test_a_slot_kept_for_high_takes_nothing_else(world: World) -> None:
    world.put()
    assert world.ask("b1", AT_ONCE, order=(Priority.HIGH,)) == Waiting(None)
