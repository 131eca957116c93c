"""Replies get lost: the script ran, its caller doesn't know, and runs it again.

Each case runs once, and from the same store again over a connection that is cut when the server
has answered. Then both stores hold the same, and both callers were told the same.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from typing import Any, Literal

import pytest
from redis import Redis

from bulkwire.states import Channel, Priority, State
from bulkwire.store.call import Call
from bulkwire.store.enqueueing import NewRecord, enqueue
from bulkwire.store.record import read_counts
from bulkwire.store.runner import AsyncStore, Store
from bulkwire_cli.chaos.tcp_proxy import Behaviour, Mode, TcpProxy, open_proxy
from support.script_cases import CASES
from support.store_copy import StoreCopy
from support.store_world import Dump, World, timeless

Kind = Literal["blocking", "async"]
KINDS: tuple[Kind, ...] = ("blocking", "async")
TELL_THEIR_RUN = {"reap", "due", "archive", "poll_claim", "reassert"}
"""What these answer is what this run of them did: the second one found nothing left to do.

Upkeep goes by whether there is more; a status check that nobody heard of is only made later.
"""
FOLLOWS_THE_CLOCK = {"age", "ceiling", "rate", "start", "tokens"}


@asynccontextmanager
async def losing(url: str) -> AsyncIterator[tuple[TcpProxy, str]]:
    """A proxy to the server, and the address of the database at its other end."""
    port = re.search(r":(\d+)", url.removeprefix("redis://"))
    assert port
    async with open_proxy(int(port[1])) as proxy:
        yield proxy, url.replace(port[0], f":{proxy.port}", 1)


async def run_with_replies_lost(url: str, kind: Kind, world: World, calls: list[Call[Any]]) -> Any:
    """Runs calls in one pipeline over a connection that loses the first replies to them."""
    async with losing(url) as (proxy, far_url):
        lose = Behaviour(Mode.DROP_REPLIES, cuts=1)
        if kind == "blocking":
            with Store(far_url) as store:
                await asyncio.to_thread(store.run, read_counts(world.keys))
                proxy.behave(lose)
                answers = await asyncio.to_thread(store.run_many, calls)
        else:
            far = AsyncStore(far_url)
            await far.run(read_counts(world.keys))
            proxy.behave(lose)
            answers = await far.run_many(calls)
            await far.aclose()
        assert proxy.cuts_left == 0, "no reply was lost"
    return answers


def runs_of_scripts(redis: Redis) -> int:
    stats: Any = redis.info("commandstats")
    return int(stats.get("cmdstat_evalsha", {"calls": 0})["calls"])


def comparable(dump: Dump) -> Dump:
    """A dump without what follows the clock: how fast a channel may send does."""
    for key, value in dump.items():
        if ":rate:" not in key:
            continue
        for name in FOLLOWS_THE_CLOCK & value.keys():
            value[name] = "T"
        for name in ("taken", "refused"):  # the second that they are counted in may be over
            value[name] = int(value.get(name, 0)) + int(value.pop(f"{name}_before", 0))
    plain: Dump = timeless(dump)
    return plain


def certain(answer: Any) -> Any:
    """An answer without the milliseconds in it."""
    if is_dataclass(answer):
        return {
            field.name: certain(getattr(answer, field.name))
            for field in fields(answer)
            if not field.name.endswith("_ms")
        }
    if isinstance(answer, tuple | list):
        return [certain(one) for one in answer]
    return answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
async def test_a_script_whose_reply_was_lost_runs_again_and_nobody_can_tell(
    world: World, redis_url: str, case: str, kind: Kind
) -> None:
    prepare, make = CASES[case]
    prepare(world)
    made = make(world)
    copy = StoreCopy.of(world.redis)
    told = world.run(made)
    once = world.dump()
    copy.put_back()
    before = runs_of_scripts(world.redis)

    [told_again] = await run_with_replies_lost(redis_url, kind, world, [made])

    assert runs_of_scripts(world.redis) == before + 2
    assert comparable(world.dump()) == comparable(once)
    if re.split("[: ]", case)[0] not in TELL_THEIR_RUN:
        assert certain(told_again) == certain(told)


@pytest.mark.parametrize("kind", KINDS)
async def test_messages_taken_in_together_are_new_although_the_replies_were_lost(
    world: World, redis_url: str, kind: Kind
) -> None:
    world.put("m7")
    records = [
        NewRecord(f"m{n}", "{}", f"{n}", Channel.SMS, Priority.LOW, None, "print")
        for n in range(50)
    ]
    calls = [enqueue(world.keys, record, token="t") for record in records]
    answers = await run_with_replies_lost(redis_url, kind, world, calls)
    assert [n for n, answer in enumerate(answers) if not answer.created] == [7]
    assert world.counts() == {State.QUEUED: 50, "total": 50}
