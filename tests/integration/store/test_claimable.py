"""Whether there is anything to claim: the same gates as claiming, and nothing changes."""

from collections.abc import Callable

import pytest

from bulkwire.states import Channel
from bulkwire.store.campaigns import pause_campaign
from bulkwire.store.overview import read_campaign
from bulkwire.store.sending import Batch, ClaimTerms, Waiting, claim
from bulkwire.store.steering import HoldReason
from bulkwire.store.workers import claimable
from support.store_world import World


def is_claimable(world: World, **limits: float) -> bool:
    call = claimable(world.keys, most_per_second={Channel(name): n for name, n in limits.items()})
    answer, changes = world.changes(call)
    assert changes == {}
    return answer


def test_nothing_is_claimable_on_an_empty_store(world: World) -> None:
    assert not is_claimable(world)


def test_a_queued_message_is_claimable_until_it_is_claimed(world: World) -> None:
    world.put()
    assert is_claimable(world)
    world.take()
    assert not is_claimable(world)


def test_a_message_that_is_due_later_is_not(world: World) -> None:
    world.put(send_at_ms=world.now() + 60_000)
    assert not is_claimable(world)


def hold(world: World) -> None:
    world.hold(HoldReason.OPERATOR)


def hold_for_a_while(world: World) -> None:
    world.hold(HoldReason.RATE, probe_in_ms=60_000)


def pause(world: World) -> None:
    seen = world.run(read_campaign(world.keys, "spring"))
    assert seen
    world.run(pause_campaign(world.keys, seen, why="x", by="me"))


def pause_without_parking(world: World) -> None:
    world.redis.hset(world.keys.campaign("spring"), "state", "paused")


def expire(world: World) -> None:
    world.redis.hset(world.keys.message("m1"), "expires_at", 1)


def opt_out(world: World) -> None:
    world.redis.sadd(world.keys.single("suppressed"), "sms:27820000001")


@pytest.mark.parametrize(
    "shut", [hold, hold_for_a_while, pause, pause_without_parking, expire, opt_out]
)
def test_what_a_gate_keeps_back_is_not_claimable(
    world: World, shut: Callable[[World], None]
) -> None:
    world.put(campaign="spring")
    shut(world)
    assert not is_claimable(world)
    world.ask()


def test_a_hold_that_may_be_tried_lets_one_message_be_claimed(world: World) -> None:
    world.put()
    world.hold(HoldReason.RATE, probe_in_ms=0)
    assert is_claimable(world)


def test_a_rate_of_one_a_minute_makes_messages_wait(world: World) -> None:
    slow = ClaimTerms(linger_ms=0, most_per_second={Channel.SMS: 1 / 60})
    for n in range(3):
        world.put(f"m{n}", to=f"2782000000{n}")
    claims = 0
    while is_claimable(world, sms=1 / 60):
        assert isinstance(world.run(claim(world.keys, f"b{claims}", terms=slow)), Batch)
        claims += 1
    assert 1 <= claims <= 2, "the second may run into debt"
    assert isinstance(world.run(claim(world.keys, "b?", terms=slow)), Waiting)


def test_what_ignores_the_suppression_list_is_claimable(world: World) -> None:
    world.put(ignore_suppression=True)
    opt_out(world)
    assert is_claimable(world)


def test_one_channel_that_is_held_does_not_hide_the_other(world: World) -> None:
    world.put("m1")
    world.put("m2", channel=Channel.WHATSAPP)
    world.hold(HoldReason.REFUSED, channel=Channel.SMS, probe_in_ms=60_000)
    assert is_claimable(world)


def test_what_stands_behind_stale_entries_is_seen(world: World) -> None:
    world.put("m1")
    expire(world)
    world.put("m2", to="27820000002")
    assert is_claimable(world)
