"""A server that is full, restarted, read-only or gone: what still works, and what callers hear."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from redis import Redis

from bulkwire.errors import QueueFull, QueueUnavailable
from bulkwire.outcomes import Accepted, Unanswered
from bulkwire.states import State
from bulkwire.store.call import command
from bulkwire.store.enqueueing import open_campaign
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_counts
from bulkwire.store.runner import AsyncStore, Store
from bulkwire.store.scripts import load_script, script_names
from bulkwire.store.sending import depart, recall, renew
from bulkwire.store.status_updates import StatusKind, claim_checks
from bulkwire.store.steering import (
    HoldReason,
    Standing,
    cancel,
    lift_hold,
    read_holds,
    redrive,
    resolve,
)
from bulkwire.store.upkeep import archive_page, move_due, reap
from bulkwire_cli.private_server import start_private_server
from support import wait_until
from support.store_rules import broken_rules
from support.store_world import JUST_QUEUED, World


@pytest.fixture(scope="module")
def own_server_url() -> Iterator[str]:
    """A server whose configuration these tests may change."""
    with start_private_server() as server:
        yield server.url


@pytest.fixture
def own(own_server_url: str) -> Iterator[World]:
    """An account on that server, whose configuration is as it was afterwards."""
    with Redis.from_url(own_server_url) as redis, Store(own_server_url) as store:
        redis.flushall()
        before = {name: redis.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
        world = World(Keys("acme"), store, redis)
        yield world
        redis.replicaof("NO", "ONE")
        for name, value in before.items():
            redis.config_set(name, value)
        assert broken_rules(world) == []


def fill(world: World) -> None:
    """From now on the server is out of memory."""
    world.redis.config_set("maxmemory-policy", "noeviction")
    world.redis.config_set("maxmemory", 1)


def test_a_full_server_takes_nothing_in_and_nothing_changes(own: World) -> None:
    own.put("m1")
    before = own.dump()
    fill(own)
    with pytest.raises(QueueFull, match="out of memory"):
        own.put("m2")
    assert own.dump() == before


def test_a_full_server_still_records_all_that_happens(own: World) -> None:
    for n in range(6):
        own.put(f"m{n}", to=f"2782{n}", campaign="spring")
    own.put("later", send_at_ms=own.now() + 60_000)
    own.make_due("later")
    fill(own)
    own.take()
    assert own.depart() == "go"
    own.run(recall(own.keys, "b1", 1))
    own.run(renew(own.keys, ["b1"], lease_ms=20_000))
    own.depart(attempt=2)
    own.settle({"m0": Accepted("a0"), "m1": Accepted("a1"), "m2": Unanswered("timeout")})
    own.redis.config_set("maxmemory", 0)
    own.lapse("b1")
    fill(own)
    assert own.run(reap(own.keys)).in_doubt == 3
    assert own.tell(StatusKind.DELIVERED, "m0", api_id="a0") == State.DELIVERED
    assert own.tell(StatusKind.DEAD, "m1", api_id="a1") == State.DEAD
    own.run(claim_checks(own.keys, most=9, hold_ms=9))
    assert own.run(redrive(own.keys, [("m1", 1)])) == {"m1": "queued"}
    assert own.run(resolve(own.keys, [("m2", "b1")], resend=False)) == {"m2": State.DEAD}
    assert own.run(own.cancelling()) == Standing(State.CANCELLED, 2)
    assert own.run(move_due(own.keys)).moved == 1
    own.hold(HoldReason.OPERATOR)
    own.run(lift_hold(own.keys, own.run(read_holds(own.keys))[0]))
    own.run(open_campaign(own.keys, "spring", salt="s"))
    archived = archive_page(own.keys, "c:spring", 0, retention_ms=0, dead_retention_ms=0)
    assert own.run(archived).archived == 3


def test_a_server_that_forgot_the_scripts_gets_them_again_unnoticed(own: World) -> None:
    own.put("m1")
    own.redis.script_flush()
    own.put("m2", to="2782")
    own.redis.script_flush()
    assert len(own.take().messages) == 2


def test_scripts_forgotten_within_a_pipeline_leave_the_other_answers_alone(own: World) -> None:
    own.put("m1")
    own.redis.script_flush()
    answers = own.store.run_many(
        [
            command("PING", read=bool),
            depart(own.keys, "never", 1, lease_ms=1),
            read_counts(own.keys),
            own.cancelling(),
        ]
    )
    assert answers[0] is True
    assert answers[3] == Standing(State.CANCELLED, 1)


async def test_an_event_loop_gets_forgotten_scripts_again_too(own: World) -> None:
    own.put("m1")
    url = f"redis://127.0.0.1:{own.redis.get_connection_kwargs()['port']}/0"
    store, call = AsyncStore(url), own.cancelling()
    try:
        for _ in range(2):
            own.redis.script_flush()
            assert await store.run(call) == Standing(State.CANCELLED, 1)
    finally:
        await store.aclose()


def test_a_replica_answers_that_it_cannot_serve(own: World) -> None:
    own.put("m1")
    own.redis.replicaof("127.0.0.1", "1")
    with pytest.raises(QueueUnavailable):
        own.put("m2")
    with pytest.raises(QueueUnavailable):
        own.run(cancel(own.keys, "m1", JUST_QUEUED))
    own.redis.replicaof("NO", "ONE")
    assert own.state("m1") == State.QUEUED


def redis_is_loading(url: str) -> bool:
    with Redis.from_url(url) as redis:
        return bool(redis.info("persistence")["loading"])


def test_a_server_that_is_loading_answers_that_it_cannot_serve() -> None:
    slowly = ["--enable-debug-command", "yes", "--rdbcompression", "no"]
    slowly += ["--loading-process-events-interval-bytes", "1024"]
    with (
        start_private_server(extra_args=slowly) as server,
        Redis.from_url(server.url) as redis,
        Store(server.url) as store,
    ):
        redis.mset({f"key{n}": "x" * 500 for n in range(100)})
        redis.config_set("key-load-delay", 10_000)
        reload = threading.Thread(target=redis.execute_command, args=("DEBUG", "RELOAD"))
        reload.start()
        wait_until(lambda: redis_is_loading(server.url))
        with pytest.raises(QueueUnavailable) as refusal:
            store.run(cancel(Keys("acme"), "m1", JUST_QUEUED))
        reload.join()
        assert "Loading" in str(refusal.value) or "LOADING" in str(refusal.value)


def test_a_server_that_is_away_is_told_within_three_seconds() -> None:
    with start_private_server() as server:
        url = server.url
    with Store(url) as store, pytest.raises(QueueUnavailable):
        store.run(cancel(Keys("acme"), "m1", JUST_QUEUED))


async def test_a_server_that_is_away_is_told_to_an_event_loop_too() -> None:
    store = AsyncStore("redis://127.0.0.1:1/0")
    try:
        with pytest.raises(QueueUnavailable):
            await asyncio.wait_for(store.run(cancel(Keys("acme"), "m1", JUST_QUEUED)), 3)
    finally:
        await store.aclose()


def test_a_server_that_hangs_is_told_within_three_seconds(own: World) -> None:
    own.put("m1")
    own.redis.client_pause(2_500)
    try:
        with pytest.raises(QueueUnavailable):
            own.run(cancel(own.keys, "m1", JUST_QUEUED))
    finally:
        own.redis.client_unpause()


def test_only_enqueueing_is_refused_when_memory_is_out() -> None:
    refused = [name for name in script_names() if "allow-oom" not in load_script(name).source]
    assert refused == ["enqueue"]
