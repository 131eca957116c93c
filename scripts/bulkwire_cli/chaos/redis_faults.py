"""Faults of the server that holds the messages, and of the connection to it."""

import asyncio
import shutil
from collections.abc import Callable
from typing import Final, TypeVar

import redis

from bulkwire.errors import StoreError
from bulkwire_cli.chaos.harness import Harness
from bulkwire_cli.chaos.recovery import MISSED
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.chaos.tcp_proxy import Behaviour, Mode

__all__ = [
    "delay_redis_line",
    "drop_redis_replies",
    "fill_redis",
    "hang_redis",
    "kill_redis",
    "rollback_redis",
    "stall_redis_line",
]

T = TypeVar("T")
CALM_S: Final = 3.0
COPY_AGE_S: Final = (0.7, 1.3)
APPEND_ONLY: Final = "appendonlydir"
LOOK_S: Final = 0.02
ANSWERS_WITHIN_S: Final = 20.0
ROOM_BYTES: Final = 100_000
IMPORTED_MEANWHILE: Final = 500
REPLIES: Final = (5, 40)
DELAY_S: Final = (0.05, 0.4)


async def kill_redis(harness: Harness, step: Step) -> str:
    """SIGKILL; restarted from its append-only file."""
    pid = harness.servers.redis.pid
    await harness.exposure.look()
    harness.servers.redis.kill()
    await harness.redis_proxy.refuse()
    await asyncio.sleep(step.seconds)
    await _bring_back(harness)
    return f"pid={pid}"


async def rollback_redis(harness: Harness, step: Step) -> str:
    """SIGKILL; restarted from a copy of its append-only file that is about a second old."""
    # What dies within the second that is forgotten, nobody can say again.
    await asyncio.sleep(CALM_S)
    server = harness.servers.redis
    pid, there = server.pid, server.data_dir / APPEND_ONLY
    copy = harness.journal.path.parent / APPEND_ONLY
    await asyncio.to_thread(_ask, harness, _keep_from_rewriting)
    await asyncio.to_thread(shutil.copytree, there, copy)
    await asyncio.sleep(step.between(*COPY_AGE_S))
    await harness.exposure.look()
    server.kill()
    await harness.redis_proxy.refuse()
    await asyncio.to_thread(shutil.rmtree, there)
    await asyncio.to_thread(shutil.move, copy, there)
    await _bring_back(harness)
    return f"pid={pid}"


async def hang_redis(harness: Harness, step: Step) -> str:
    """SIGSTOP: connections stay open and nothing answers; then SIGCONT."""
    await harness.exposure.look()
    harness.servers.redis.pause()
    await asyncio.sleep(step.seconds)
    harness.servers.redis.resume()
    await _look_as_soon_as_it_answers(harness)
    return f"pid={harness.servers.redis.pid}"


async def fill_redis(harness: Harness, step: Step) -> str:
    """Its memory limit is just above what it uses, while an import runs."""
    limit = await asyncio.to_thread(_ask, harness, _limit_memory)
    harness.feeder.force(IMPORTED_MEANWHILE)
    await asyncio.sleep(step.seconds)
    await asyncio.to_thread(_ask, harness, lambda client: client.config_set("maxmemory", 0))
    return f"maxmemory={limit}"


async def drop_redis_replies(harness: Harness, step: Step) -> str:
    """Commands are carried out, and the connection is cut before the answer."""
    return await _cut_replies(harness, step)


async def stall_redis_line(harness: Harness, step: Step) -> str:
    """Connections stay open, nothing gets through."""
    harness.redis_proxy.behave(Behaviour(Mode.STALL))
    await asyncio.sleep(step.seconds)
    harness.redis_proxy.behave(Behaviour())
    return f"seconds={step.seconds:.1f}"


async def delay_redis_line(harness: Harness, step: Step) -> str:
    """Everything takes longer, in both directions."""
    delay = step.between(*DELAY_S)
    harness.redis_proxy.behave(Behaviour(delay_s=delay))
    await asyncio.sleep(step.seconds)
    harness.redis_proxy.behave(Behaviour())
    return f"delay={delay:.2f}"


async def _cut_replies(harness: Harness, step: Step) -> str:
    wanted = round(step.between(*REPLIES))
    harness.redis_proxy.behave(Behaviour(Mode.DROP_REPLIES, cuts=wanted))
    await asyncio.sleep(step.seconds)
    left = harness.redis_proxy.cuts_left
    harness.redis_proxy.behave(Behaviour())
    return f"dropped={wanted - left}" if left < wanted else MISSED


async def _bring_back(harness: Harness) -> None:
    """Starts it, and looks at what is under way before any worker can reach it."""
    await asyncio.to_thread(harness.servers.redis.restart)
    await _look_as_soon_as_it_answers(harness)
    await harness.redis_proxy.listen()


async def _look_as_soon_as_it_answers(harness: Harness) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ANSWERS_WITHIN_S
    while loop.time() < deadline:
        try:
            await harness.exposure.look()
        except StoreError:
            await asyncio.sleep(LOOK_S)  # a connection of before it was killed
        else:
            return


def _ask(harness: Harness, question: Callable[[redis.Redis], T]) -> T:
    with redis.Redis.from_url(harness.servers.redis.url, socket_timeout=5) as client:
        return question(client)


def _keep_from_rewriting(client: redis.Redis) -> None:
    """While the append-only file is rewritten, no copy of it is whole. Lasts until it restarts."""
    client.config_set("auto-aof-rewrite-percentage", 0)
    while client.info("persistence")["aof_rewrite_in_progress"]:
        client.wait(0, 50)


def _limit_memory(client: redis.Redis) -> int:
    limit = int(client.info("memory")["used_memory"]) + ROOM_BYTES
    client.config_set("maxmemory", limit)
    return limit
