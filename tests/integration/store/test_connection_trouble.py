"""Answers that say that a server cannot serve now: trouble with the connection, not with a message.

Each is what a real server answers, to a blocking store and to one on an event loop.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import (
    MasterDownError,
    NoPermissionError,
    NoScriptError,
    ResponseError,
    TryAgainError,
)

from bulkwire.errors import NotPermitted, QueueFull, QueueUnavailable, StoreError, WrongType
from bulkwire.states import Channel, Priority
from bulkwire.store.call import Call
from bulkwire.store.enqueueing import NewRecord, enqueue
from bulkwire.store.keys import Keys
from bulkwire.store.redis_errors import our_error
from bulkwire.store.runner import AsyncStore, Store
from bulkwire.store.steering import cancel
from bulkwire_cli.private_server import PrivateServer, start_private_server
from support import wait_until
from support.store_world import JUST_QUEUED

KEYS = Keys("acme")
SLOTS = 16384
Ask = Callable[[str, Call[object]], object]


def blocking(url: str, call: Call[object]) -> object:
    with Store(url) as store:
        return store.run(call)


def on_an_event_loop(url: str, call: Call[object]) -> object:
    async def ask() -> object:
        store = AsyncStore(url)
        try:
            return await store.run(call)
        finally:
            await store.aclose()

    return asyncio.run(ask())


@pytest.fixture(params=[blocking, on_an_event_loop])
def ask(request: pytest.FixtureRequest) -> Ask:
    asking: Ask = request.param
    return asking


def put(message_id: str = "m1") -> Call[object]:
    record = NewRecord(message_id, "{}", "27820000001", Channel.SMS, Priority.NORMAL, None, "print")
    return enqueue(KEYS, record, token=message_id)


def test_a_replica_is_trouble_with_the_connection(ask: Ask) -> None:
    with start_private_server(extra_args=("--replicaof", "127.0.0.1", "1")) as replica:
        for call in (put(), cancel(KEYS, "m1", JUST_QUEUED)):
            with pytest.raises(QueueUnavailable, match="READONLY"):
                ask(replica.url, call)


def test_a_full_server_refuses_new_messages_and_nothing_else(ask: Ask) -> None:
    with start_private_server(extra_args=("--maxmemory", "1")) as server:
        with pytest.raises(QueueFull, match="out of memory"):
            ask(server.url, put())
        assert ask(server.url, cancel(KEYS, "m1", JUST_QUEUED)) is None


def test_a_server_that_cannot_write_to_its_disk_is_trouble_with_the_connection(ask: Ask) -> None:
    with (
        start_private_server(extra_args=("--save", "3600 1")) as server,
        Redis.from_url(server.url) as redis,
    ):
        (server.data_dir / "dump.rdb").mkdir()  # nothing can be written in its place
        redis.bgsave()
        wait_until(lambda: redis.info("persistence")["rdb_last_bgsave_status"] == "err")
        with pytest.raises(QueueUnavailable, match="MISCONF"):
            ask(server.url, put())


def test_a_server_that_is_busy_with_a_script_is_trouble_with_the_connection(ask: Ask) -> None:
    with (
        start_private_server(extra_args=("--busy-reply-threshold", "50")) as server,
        Redis.from_url(server.url) as redis,
    ):

        def loop() -> None:
            with Redis.from_url(server.url) as other, suppress(ResponseError):
                other.eval("while true do end", 0)

        busy = threading.Thread(target=loop)
        busy.start()
        try:
            wait_until(lambda: is_busy(redis), 60, "a busy server")
            with pytest.raises(QueueUnavailable, match="BUSY"):
                ask(server.url, put())
        finally:
            redis.script_kill()
            busy.join()


def is_busy(redis: Redis) -> bool:
    try:
        return not redis.ping()
    except ResponseError as error:
        return str(error).startswith("BUSY")


@contextmanager
def cluster_node() -> Iterator[tuple[PrivateServer, Redis, int]]:
    """A server in cluster mode that serves no slot, and the port its like find it at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bus = probe.getsockname()[1]
    options = ("--cluster-enabled", "yes", "--cluster-port", str(bus))
    with start_private_server(extra_args=options) as server, Redis.from_url(server.url) as redis:
        yield server, redis, bus


def test_a_cluster_without_its_slots_is_trouble_with_the_connection(ask: Ask) -> None:
    with cluster_node() as (server, _, _), pytest.raises(QueueUnavailable, match="CLUSTERDOWN"):
        ask(server.url, put())


def test_a_slot_that_moves_is_trouble_with_the_connection(ask: Ask) -> None:
    with cluster_node() as (server, redis, _), cluster_node() as (other, other_redis, bus):
        tell(redis, "ADDSLOTSRANGE", 0, SLOTS - 1)
        tell(redis, "MEET", "127.0.0.1", other.port, bus)
        name = tell(other_redis, "MYID")
        wait_until(lambda: knows_two_nodes(redis), 60, "the cluster")
        assert ask(server.url, put())
        slot = tell(redis, "KEYSLOT", KEYS.message("m2"))
        tell(redis, "SETSLOT", slot, "MIGRATING", name)
        redis.delete(KEYS.anchor)
        with pytest.raises(QueueUnavailable, match=r"ASK|TRYAGAIN"):
            ask(server.url, put("m2"))
        redis.flushall()
        tell(redis, "SETSLOT", slot, "NODE", name)
        with pytest.raises(QueueUnavailable, match="MOVED"):
            ask(server.url, put("m3"))


def tell(redis: Redis, *words: str | int | bytes) -> Any:
    run: Callable[..., Any] = redis.execute_command
    return run("CLUSTER", *words)


def knows_two_nodes(redis: Redis) -> bool:
    info = str(tell(redis, "INFO")).replace("'", "").replace(" ", "")
    return "cluster_state:ok" in info and "cluster_known_nodes:2" in info


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (NoScriptError("No matching script."), "NOSCRIPT"),
        (MasterDownError("Link with MASTER is down"), "MASTERDOWN"),
        (TryAgainError("Multiple keys request during rehashing of slot"), "TRYAGAIN"),
        (ResponseError("NOREPLICAS Not enough good replicas to write."), "NOREPLICAS"),
    ],
)
def test_what_is_hard_to_bring_a_server_to_say_is_read_alike(answer: Exception, word: str) -> None:
    error = our_error(answer)
    assert isinstance(error, QueueUnavailable)
    assert word in str(error)


def test_a_command_that_the_server_refuses_for_good_is_no_trouble_with_the_connection() -> None:
    error = our_error(ResponseError("ERR value is not an integer or out of range"))
    assert type(error) is StoreError


def test_a_key_of_another_type_is_told_apart() -> None:
    assert type(our_error(ResponseError("WRONGTYPE Operation against a key"))) is WrongType


def test_a_right_that_is_missing_is_told_apart() -> None:
    error = our_error(NoPermissionError("User w has no permissions to run the 'hset' command"))
    assert type(error) is NotPermitted


@contextmanager
def demoted(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A name that leads to a server, and what makes that one a replica and the name lead elsewhere.

    Connections that stand stay where they are, as behind an address that moves.
    """
    name = folder / "redis"
    sockets = [str(folder / n) for n in ("first", "second")]
    with (
        start_private_server(extra_args=("--unixsocket", sockets[0])) as first,
        start_private_server(extra_args=("--unixsocket", sockets[1])),
    ):
        name.symlink_to(sockets[0])

        def fail_over() -> None:
            with Redis.from_url(first.url) as redis:
                redis.replicaof("127.0.0.1", "1")
            name.unlink()
            name.symlink_to(sockets[1])

        yield f"unix://{name}", fail_over


def test_connections_to_a_demoted_server_are_given_up(tmp_path: Path) -> None:
    with demoted(tmp_path) as (url, fail_over), Store(url) as store:
        store.run(put())
        fail_over()
        with pytest.raises(QueueUnavailable, match="READONLY") as trouble:
            store.run(put("m2"))
        assert trouble.value.maybe_enqueued
        assert store.run(put("m2"))


async def test_connections_of_an_event_loop_to_a_demoted_server_are_given_up(
    tmp_path: Path,
) -> None:
    with demoted(tmp_path) as (url, fail_over):
        store = AsyncStore(url)
        try:
            await store.run(put())
            fail_over()
            with pytest.raises(QueueUnavailable, match="READONLY"):
                await store.run(put("m2"))
            assert await store.run(put("m2"))
        finally:
            await store.aclose()
