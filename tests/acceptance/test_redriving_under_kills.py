"""Upkeep that is killed while it sends again what a used-up balance rejected: each goes once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bulkwire import StoredMessage
from bulkwire.outcomes import Rejected
from bulkwire.states import Category
from bulkwire.store.call import command, text
from bulkwire.store.redrives import read_redrives
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, settle
from bulkwire.store.steering import HoldReason, place_hold
from bulkwire_cli.application import run
from support import wait_until
from support.shop import Shop, Simulate, number
from support.worker import StartWorker

MESSAGES = 8000
KILLS = 3
BROKE = Rejected("insufficient_account_balance", Category.ACCOUNT, code=20)
AT_ONCE = ClaimTerms(linger_ms=0)


def run_out_of_money(shop: Shop, messages: int) -> None:
    """All of them are on their way when the balance is used up, and every one is rejected."""
    shop.enqueue(range(messages), campaign="spring")
    batches: list[Batch] = []
    while sum(len(batch.messages) for batch in batches) < messages:
        found = shop.store.run(claim(shop.keys, f"b{len(batches)}", terms=AT_ONCE))
        assert isinstance(found, Batch)
        shop.store.run(depart(shop.keys, found.id, 1, lease_ms=60_000))
        batches.append(found)
    shop.store.run(place_hold(shop.keys, HoldReason.BALANCE, why="code 20", by="worker"))
    for batch in batches:
        outcomes = {message.id: BROKE for message in batch.messages}
        shop.store.run(settle(shop.keys, batch.id, outcomes, first_check_ms=1_000))
    assert shop.counts() == {"total": messages, "dead": messages}


def times_redriven(message: StoredMessage) -> int:
    return [event.reason for event in message.history].count("redriven")


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
    run_out_of_money(shop, MESSAGES)
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
        assert {times_redriven(message) for message in messages} == {1}
        assert {message.turn for message in messages} == {2}

        shop.lift("operator")
        shop.wait_until_sent(within=120)

    shop.assert_conserved(MESSAGES)
    received = Counter(entry.to for entry in provider.ledger())
    assert received == Counter(number(n) for n in range(MESSAGES))
