"""Claiming: what a batch takes, what it leaves, what it drops."""

from pathlib import Path

import pytest
from redis import Redis

from bulkwire.outcomes import Accepted
from bulkwire.states import Channel, Priority, State
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, Claimed, ClaimTerms, Waiting, claim
from bulkwire_cli.private_server import start_private_server
from support.patience import REPLY_S
from support.store_world import AT_ONCE, World

ROOMY = ClaimTerms(linger_ms=10_000)


def put_many(world: World, count: int, *, campaign: str | None = None, prefix: str = "m") -> None:
    for n in range(count):
        world.put(f"{prefix}{n}", to=f"2782{n:07}", campaign=campaign)


def ids(batch: Batch) -> list[str]:
    return [message.id for message in batch.messages]


def test_a_claim_leases_what_is_ready_under_its_batch_id(world: World) -> None:
    world.put("m1", campaign="spring")
    answer, changes = world.changes(claim(world.keys, "b1", terms=AT_ONCE))
    message = Claimed(
        "m1", b'{"content":"Hi"}', "27820000001", 0, None, Priority.NORMAL, "spring", 1
    )
    assert answer == Batch("b1", Channel.SMS, trial=False, messages=(message,))
    assert changes == {
        "message:m1": {
            "state": "sending",
            "batch": "b1",
            "history": "T queued \nT sending batch b1",
        },
        "batch:b1": {
            "ids": "m1", "channel": "sms", "campaign": "spring", "claimed_at": "T", "until": "T",
            "trial": "0",
        },
        "leases": {"b1": "T"},
        "ready:normal:sms:spring": None,
        "turns:normal": None,
        "served": {"normal": "0"},
        "counts": {"queued": "0", "sending": "1"},
        "campaign:spring": {"count:queued": "0", "count:sending": "1"},
    }  # fmt: skip


def test_a_lease_ends_at_its_term_and_never_after_its_longest(world: World) -> None:
    world.put()
    before = world.now()
    world.take(terms=ClaimTerms(lease_ms=7_000, longest_lease_ms=9_000, linger_ms=0))
    batch = world.value(world.keys.family("batch", "b1"))
    claimed_at = int(batch["claimed_at"])
    assert before <= claimed_at <= world.now()
    assert int(batch["until"]) == claimed_at + 9_000
    assert world.value(world.keys.single("leases")) == {"b1": claimed_at + 7_000}


def test_nobody_claims_what_is_leased(world: World) -> None:
    put_many(world, 5)
    assert len(world.take("b1").messages) == 5
    assert world.ask("b2") == Waiting(None)


def test_a_thousand_messages_make_ten_full_batches_in_their_order(world: World) -> None:
    put_many(world, 1000)
    batches = [world.take(f"b{n}", terms=ROOMY) for n in range(10)]
    assert [m for batch in batches for m in ids(batch)] == [f"m{n}" for n in range(1000)]
    assert world.ask() == Waiting(None)


def test_a_batch_ends_before_the_byte_that_is_too_many(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}", payload="x" * 1000)
    terms = ClaimTerms(most_bytes=2 * (1000 + 64), linger_ms=10_000)
    assert ids(world.take("b1", terms)) == ["m0", "m1"]
    assert ids(world.take("b2", AT_ONCE)) == ["m2"]


def test_a_message_above_the_byte_limit_goes_by_itself(world: World) -> None:
    for n in range(2):
        world.put(f"m{n}", to=f"2782{n}", payload="x" * 1000)
    assert ids(world.take("b1", ClaimTerms(most_bytes=10, linger_ms=0))) == ["m0"]


def test_no_recipient_stands_twice_in_a_batch(world: World) -> None:
    for n, to in enumerate(["271", "271", "272", "271"]):
        world.put(f"m{n}", to=to)
    assert ids(world.take("b1")) == ["m0", "m2"]
    assert world.ready() == ["m1", "m3"]
    assert ids(world.take("b2")) == ["m1"]
    assert ids(world.take("b3")) == ["m3"]


def test_a_message_that_must_travel_alone_does(world: World) -> None:
    put_many(world, 4)
    world.redis.hset(world.keys.message("m2"), "alone", "1")
    assert [ids(world.take(f"b{n}", ROOMY)) for n in range(2)] == [["m0", "m1"], ["m2"]]
    assert ids(world.take("b2", AT_ONCE)) == ["m3"]


def test_a_batch_that_is_not_full_waits_a_little_for_more(world: World) -> None:
    put_many(world, 3)
    waiting = world.ask("b1", ROOMY)
    assert waiting.again_in_ms is not None
    assert 5_000 < waiting.again_in_ms <= 10_000
    assert world.counts() == {"queued": 3, "total": 3}
    world.redis.hset(world.keys.message("m0"), "queued_at", world.now() - 10_000)
    assert len(world.take("b1", ROOMY).messages) == 3


def test_what_is_urgent_never_waits_for_more(world: World) -> None:
    world.put(priority=Priority.HIGH)
    assert ids(world.take("b1", ROOMY)) == ["m1"]


def test_a_clock_that_was_set_back_keeps_nothing_waiting(world: World) -> None:
    world.put()
    world.redis.hset(world.keys.message("m1"), "queued_at", world.now() + 3_600_000)
    assert ids(world.take("b1", ROOMY)) == ["m1"]


def test_what_a_list_names_and_the_record_denies_is_dropped(world: World) -> None:
    put_many(world, 2)
    ready = world.keys.family("ready", "normal", "sms", "")
    world.redis.lpush(ready, "unknown", "m1", "m1")
    assert ids(world.take()) == ["m1", "m0"]
    assert world.ready() == []


def test_an_empty_claim_is_not_an_empty_queue(world: World) -> None:
    put_many(world, 1)
    world.redis.lpush(
        world.keys.family("ready", "normal", "sms", ""), *(f"stale{n}" for n in range(300))
    )
    assert world.ask() == Waiting(0)
    assert len(world.ready()) == 51
    assert ids(world.take()) == ["m0"]


def test_what_is_past_its_validity_is_dead_and_not_sent(world: World) -> None:
    put_many(world, 2)
    world.redis.hset(world.keys.message("m0"), "expires_at", 1)
    assert ids(world.take()) == ["m1"]
    record = world.record("m0")
    assert (record["state"], record["reason"], record["category"]) == (
        "dead", "validity_over", "expired",
    )  # fmt: skip
    assert list(world.value(world.keys.single("dead"))) == ["m0"]


def test_what_is_left_of_the_validity_goes_with_the_message(world: World) -> None:
    world.put(validity_ms=60_000)
    (message,) = world.take().messages
    assert message.validity_left_ms is not None
    assert 30_000 < message.validity_left_ms <= 60_000


def test_who_opted_out_since_is_suppressed_and_not_sent(world: World) -> None:
    put_many(world, 2)
    world.redis.sadd(world.keys.single("suppressed"), f"sms:2782{0:07}")
    assert ids(world.take()) == ["m1"]
    assert world.state("m0") == State.SUPPRESSED


def test_a_paused_campaign_is_passed_over_and_keeps_its_messages(world: World) -> None:
    put_many(world, 2, campaign="spring")
    put_many(world, 1, prefix="other")
    world.redis.hset(world.keys.campaign("spring"), "state", "paused")
    assert ids(world.take()) == ["other0"]
    assert world.ask() == Waiting(None)
    assert world.ready("spring") == ["m0", "m1"]
    world.put("m2", campaign="spring", to="2799")
    assert world.ask() == Waiting(None)


def test_many_lists_that_linger_are_not_all_read_for_one_claim(world: World) -> None:
    for campaign in "abcdef":
        put_many(world, 60, campaign=campaign, prefix=campaign)
    calls = world.redis.info("commandstats")["cmdstat_hmget"]["calls"]
    assert world.ask("b1", ROOMY).again_in_ms is not None
    assert world.redis.info("commandstats")["cmdstat_hmget"]["calls"] - calls <= 251


def test_a_claim_that_runs_again_answers_only_what_it_still_holds(world: World) -> None:
    put_many(world, 3)
    world.take("b1")
    world.settle({"m1": Accepted("api1")})
    assert ids(world.take("b1")) == ["m0", "m2"]


def peak_bytes(status: Path) -> int:
    return next(
        int(line.split()[1]) * 1024
        for line in status.read_text().splitlines()
        if line.startswith("VmHWM:")
    )


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_what_a_claim_leaves_out_takes_no_memory_in_the_server() -> None:
    with start_private_server() as server, Redis.from_url(server.url) as redis:
        world = World(Keys("acme"), Store(server.url, reply_timeout_s=REPLY_S), redis)
        world.introduce()
        for n in range(120):
            file = f'{{"content":"{n:01000000}"}}'  # Lua keeps equal texts once
            world.put(f"m{n}", to=f"2782{n // 40 and n:07}", payload=file)  # 40 for one recipient
            if n >= 80:
                world.redis.sadd(world.keys.single("suppressed"), f"sms:2782{n:07}")
            elif n >= 40:
                world.redis.hset(world.keys.message(f"m{n}"), "expires_at", 1)
        process = Path("/proc") / str(redis.info("server")["process_id"])
        (process / "clear_refs").write_text("5")  # the peak counts from here
        before = peak_bytes(process / "status")
        assert ids(world.take()) == ["m0"]
        world.store.close()
        assert peak_bytes(process / "status") - before < 50_000_000
