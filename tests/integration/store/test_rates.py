"""Rates: what a claim may take, and what retries cost. What refusals teach is in test_slowing."""

import time
from typing import Any

import pytest

from bulkwire.states import Channel, Priority
from bulkwire.store.rates import ChannelRate, read_rate
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, Verdict, claim, depart
from bulkwire.store.steering import HoldReason
from support.store_world import AT_ONCE, World


def terms(sms: float = 100) -> ClaimTerms:
    return ClaimTerms(linger_ms=0, most_per_second={Channel.SMS: sms})


def put_many(world: World, count: int, prefix: str = "m", **more: Any) -> None:
    for n in range(count):
        world.put(f"{prefix}{n}", to=f"2782{n:07}", **more)


def bucket(world: World, **fields: float) -> None:
    items = [part for pair in {"at": world.now(), **fields}.items() for part in pair]
    world.redis.hset(world.keys.family("rate", "sms"), items=items)


def test_a_claim_takes_tokens_of_what_it_leases(world: World) -> None:
    put_many(world, 15)
    answer, changes = world.changes(claim(world.keys, "b1", terms=terms()))
    assert isinstance(answer, Batch)
    assert len(answer.messages) == 10, "a tenth of a second's worth"
    assert changes["rate:sms"] == {"tokens": "0", "at": "T", "rate": "100", "configured": "100"}


def test_a_channel_in_debt_waits_until_it_is_paid(world: World) -> None:
    put_many(world, 5)
    bucket(world, tokens=-30, rate=1, configured=1)
    before = world.dump()
    wait = world.ask(terms=terms(sms=1)).again_in_ms
    assert wait is not None
    assert 20_000 <= wait <= 30_001
    assert world.dump() == before
    bucket(world, tokens=0.5, rate=100, configured=100)
    assert len(world.take(terms=terms()).messages) == 5
    assert float(world.value(world.keys.family("rate", "sms"))["tokens"]) < -1


def test_a_slow_channel_still_sends_one_message_at_a_time(world: World) -> None:
    put_many(world, 2)
    assert len(world.take("b1", terms(sms=0.5)).messages) == 1
    bucket(world, tokens=-10, rate=0.5, configured=0.5)
    wait = world.ask("b2", terms(sms=0.5)).again_in_ms
    assert wait is not None
    assert 10_000 < wait <= 20_001


def test_a_rate_of_one_a_minute_is_kept(world: World) -> None:
    put_many(world, 9)
    slow = terms(sms=1 / 60)
    while isinstance(world.run(claim(world.keys, f"b{len(world.dump())}", terms=slow)), Batch):
        pass
    assert world.counts()["sending"] <= 2
    wait = world.ask("b?", slow).again_in_ms
    assert wait is not None
    assert wait > 30_000


def test_a_limited_channel_leaves_the_other_alone(world: World) -> None:
    put_many(world, 5)
    put_many(world, 5, prefix="w", channel=Channel.WHATSAPP)
    bucket(world, tokens=-30, rate=100, configured=100)
    assert world.take(terms=terms()).channel is Channel.WHATSAPP


def test_what_is_urgent_does_not_wait_for_the_tokens_of_a_campaign(world: World) -> None:
    put_many(world, 5, campaign="spring")
    bucket(world, tokens=-30, rate=100, configured=100)
    assert world.ask(terms=terms()).again_in_ms is not None
    world.put("code", priority=Priority.HIGH)
    assert [m.id for m in world.take(terms=terms()).messages] == ["code"]


def test_what_is_urgent_runs_ahead_by_a_second_at_most(world: World) -> None:
    put_many(world, 150, priority=Priority.HIGH)
    claimed, began = 0, time.monotonic()
    answer = world.run(claim(world.keys, "b", terms=terms()))
    while isinstance(answer, Batch):
        claimed += len(answer.messages)
        answer = world.run(claim(world.keys, f"b{claimed}", terms=terms()))
    assert 110 <= claimed <= 121 + 100 * (time.monotonic() - began)
    assert answer.again_in_ms is not None
    assert answer.again_in_ms <= 101


def test_two_workers_together_claim_what_the_rate_allows(world: World, redis_url: str) -> None:
    put_many(world, 700)
    rate, seconds, claimed, earned = 300, 1.0, 0, 0.0
    with Store(redis_url) as other:
        began = asked = time.monotonic()
        while time.monotonic() - began < seconds:
            # More than a tenth of a second's worth is not kept for who comes late.
            late, asked = time.monotonic() - asked, time.monotonic()
            earned += rate * min(late, 0.1)
            for store in (world.store, other):
                answer = store.run(claim(world.keys, f"b{claimed}", terms=terms(rate)))
                claimed += len(answer.messages) if isinstance(answer, Batch) else 0
                # Burst and the request that runs into debt: a tenth of a second's worth each.
                most = rate * (time.monotonic() - began) + 2 * rate / 10
                assert claimed <= most + 1
            time.sleep(0.005)
    assert claimed >= 0.9 * earned


def test_a_setting_that_is_gone_limits_nothing(world: World) -> None:
    put_many(world, 30)
    world.take("b1", terms())
    assert len(world.take("b2").messages) == 20
    assert world.run(read_rate(world.keys, Channel.SMS)) == ChannelRate(
        Channel.SMS, None, None, None, None
    )


def test_a_lower_setting_forgives_debt_beyond_a_second(world: World) -> None:
    put_many(world, 2)
    bucket(world, tokens=-900, rate=1000, configured=1000)
    wait = world.ask(terms=terms(sms=2)).again_in_ms
    assert wait is not None
    assert wait <= 1001


def test_a_clock_that_was_set_back_costs_no_tokens(world: World) -> None:
    put_many(world, 2)
    bucket(world, tokens=5, rate=100, configured=100, at=world.now() + 3_600_000)
    assert len(world.take(terms=terms()).messages) == 2


def test_a_single_message_that_tries_a_hold_asks_no_bucket(world: World) -> None:
    put_many(world, 5)
    world.hold(HoldReason.RATE, probe_in_ms=0)
    bucket(world, tokens=-30, rate=100, configured=100)
    assert len(world.take(terms=terms()).messages) == 1
    assert world.depart(attempt=2) == Verdict.GO


def test_a_retry_pays_for_itself_once(world: World) -> None:
    put_many(world, 3)
    world.take(terms=AT_ONCE)
    world.depart()
    bucket(world, tokens=0, rate=0.001, configured=0.001)
    call = depart(world.keys, "b1", 2, lease_ms=15_000, messages=3)
    answer, changes = world.changes(call, moving={"leases"}, answer_differs=True)
    assert answer.verdict == Verdict.GO
    assert changes["batch:b1"] == {"departed": "2", "paid": "2"}
    assert float(changes["rate:sms"]["tokens"]) == pytest.approx(-3, abs=0.01)


def test_a_retry_of_a_channel_deep_in_debt_goes_back(world: World) -> None:
    put_many(world, 3)
    world.take(terms=AT_ONCE)
    world.depart()
    bucket(world, tokens=-1500, rate=100, configured=100)
    call = depart(world.keys, "b1", 2, lease_ms=15_000, messages=3)
    answer, changes = world.changes(call)
    assert (answer.verdict, changes) == (Verdict.HELD, {})


def test_the_first_attempt_was_paid_for_by_the_claim(world: World) -> None:
    world.put()
    world.take(terms=AT_ONCE)
    bucket(world, tokens=-1500, rate=100, configured=100)
    assert world.depart(attempt=1) == Verdict.GO


@pytest.mark.parametrize("attempt", [1, 2])
def test_departing_on_an_unlimited_channel_writes_no_rate(world: World, attempt: int) -> None:
    world.put()
    world.take()
    world.depart(attempt=attempt)
    assert world.value(world.keys.family("rate", "sms")) is None
