"""Who is killed while sending messages again, an operator's command or upkeep: each goes once."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import DEVNULL
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from signal import SIGKILL

import pytest

from bulkwire import StoredMessage
from bulkwire.outcomes import Outcome, Rejected, Unanswered
from bulkwire.states import Category
from bulkwire.store.call import command, text
from bulkwire.store.redrives import read_redrives
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, settle
from bulkwire.store.steering import HoldReason, place_hold
from bulkwire_cli.application import run
from bulkwire_cli.chaos.tcp_proxy import Behaviour, open_proxy
from support import eventually, wait_until
from support.shop import MOVING, Shop, Simulate, number
from support.worker import StartWorker

MESSAGES = 8000
KILLS = 3
WALKED = 2000
"""Messages that a command sends again, in eight steps."""
REPLY_TAKES_S = 0.05
"""Makes each step last long enough to be killed in."""
LOST = Unanswered("read_timeout")
BROKE = Rejected("insufficient_account_balance", Category.ACCOUNT, code=20)
AT_ONCE = ClaimTerms(linger_ms=0)


def end_all(shop: Shop, messages: int, outcome: Outcome, *, hold: bool = False) -> None:
    """All of them are on their way at once, and that becomes of each."""
    shop.enqueue(range(messages), campaign="spring")
    batches: list[Batch] = []
    while sum(len(batch.messages) for batch in batches) < messages:
        found = shop.store.run(claim(shop.keys, f"b{len(batches)}", terms=AT_ONCE))
        assert isinstance(found, Batch)
        shop.store.run(depart(shop.keys, found.id, 1, lease_ms=60_000))
        batches.append(found)
    if hold:
        call = place_hold(shop.keys, HoldReason.BALANCE, comes_from=1, why="code 20", by="worker")
        shop.store.run(call)
    for batch in batches:
        outcomes = {message.id: outcome for message in batch.messages}
        shop.store.run(settle(shop.keys, batch.id, 1, outcomes, first_check_ms=1_000))
    assert not any(shop.counts().get(state) for state in MOVING)


def times_sent_again(message: StoredMessage) -> int:
    reasons = [event.reason for event in message.history]
    return reasons.count("redriven") + reasons.count("resent by an operator")


@contextmanager
def no_walk_beyond(shop: Shop, letters: int) -> Iterator[None]:
    """One record after so many letters can't be read, and every walk breaks off there."""
    dead = shop.keys.single("dead")
    run = shop.store.run
    (found,) = run(command("ZRANGE", dead, letters, letters, read=lambda ids: map(text, ids)))
    record, aside = shop.keys.message(found), shop.keys.message(f"{found}-aside")
    run(command("RENAME", record, aside, read=bool))
    run(command("SET", record, "not a record", read=bool))
    yield
    run(command("RENAME", aside, record, read=bool))


def kill_in_mid_walk(shop: Shop, start_worker: StartWorker) -> int:
    """Starts a worker and kills it as soon as it has redriven some; answers how many are left."""
    before = shop.counts()["dead"]
    with no_walk_beyond(shop, 1000), start_worker(troubled=True) as worker:
        wait_until(lambda: shop.counts()["dead"] < before, 60, "the walk")
        worker.kill()
    left = shop.counts().get("dead", 0)
    assert shop.store.run(read_redrives(shop.keys)), "killed before it had done everything"
    return left


def test_a_walk_that_is_killed_again_and_again_redrives_each_letter_once(
    simulate: Simulate,
    shop: Shop,
    start_worker: StartWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = simulate()
    end_all(shop, MESSAGES, BROKE, hold=True)
    shop.hold()  # what is redriven stays where it can be counted
    monkeypatch.setenv("BULKWIRE_REDIS_URL", shop.bulkwire.settings.redis_url)
    assert run(["hold", "lift", "balance", "--redrive-on-lift"]) == 0

    left = [kill_in_mid_walk(shop, start_worker) for _ in range(KILLS)]
    assert all(left), "each of them left something to the next one"
    shop.assert_conserved(MESSAGES)
    with start_worker():
        wait_until(lambda: not shop.store.run(read_redrives(shop.keys)), 60, "the whole walk")
        assert shop.counts() == {"total": MESSAGES, "queued": MESSAGES}
        messages = shop.messages(range(MESSAGES))
        assert {times_sent_again(message) for message in messages} == {1}
        assert {message.turn for message in messages} == {2}

        shop.lift("operator")
        shop.wait_until_sent(within=120)

    shop.assert_conserved(MESSAGES)
    received = Counter(entry.to for entry in provider.ledger())
    assert received == Counter(number(n) for n in range(MESSAGES))


def start(redis_url: str, words: list[str]) -> Awaitable[asyncio.subprocess.Process]:
    """Starts a command in a process of its own."""
    env = {**os.environ, "BULKWIRE_REDIS_URL": redis_url}
    return asyncio.create_subprocess_exec(
        sys.executable, "-m", "bulkwire_cli", *words, env=env, stdout=DEVNULL, stderr=DEVNULL
    )


async def kill_a_command(shop: Shop, redis_url: str, words: list[str]) -> None:
    """Starts it, and kills it as soon as it has sent some again."""
    before = shop.counts().get("queued", 0)

    def sent_again() -> int:
        return shop.counts().get("queued", 0)

    async def has_begun() -> bool:
        return await asyncio.to_thread(sent_again) > before

    command = await start(redis_url, words)

    try:
        await eventually(has_begun, 60, "the first step")
    finally:
        command.kill()
        code = await command.wait()
    assert code == -SIGKILL
    assert sent_again() < WALKED, "killed before it had done everything"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (BROKE, ["dead", "redrive", "--all"]),
        (LOST, ["in-doubt", "resend", "--all", "--yes", "--force"]),
    ],
)
async def test_a_command_that_is_killed_again_and_again_sends_each_message_again_once(
    simulate: Simulate, shop: Shop, start_worker: StartWorker, *, outcome: Outcome, words: list[str]
) -> None:
    provider = simulate()
    end_all(shop, WALKED, outcome)
    shop.hold()
    url = shop.bulkwire.settings.redis_url
    port = re.search(r":(\d+)", url.removeprefix("redis://"))
    assert port
    async with open_proxy(int(port[1])) as proxy:
        proxy.behave(Behaviour(delay_s=REPLY_TAKES_S))
        far_url = url.replace(port[0], f":{proxy.port}", 1)
        for _ in range(2):
            await kill_a_command(shop, far_url, words)
            shop.assert_conserved(WALKED)
    assert await (await start(url, words)).wait() == 0
    assert shop.counts() == {"total": WALKED, "queued": WALKED}
    messages = shop.messages(range(WALKED))
    assert {(times_sent_again(message), message.turn) for message in messages} == {(1, 2)}

    with start_worker():
        shop.lift("operator")
        shop.wait_until_sent(within=60)
    received = Counter(entry.to for entry in provider.ledger())
    assert received == Counter(number(n) for n in range(WALKED))
