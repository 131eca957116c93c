"""What producers and workers ask of the message store, without the provider in between."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from bulkwire.outcomes import Accepted
from bulkwire.store.enqueueing import NewRecord, enqueue
from bulkwire.store.keys import Keys
from bulkwire.store.runner import AsyncStore
from bulkwire.store.sending import Batch, ClaimTerms, Verdict, claim, depart, settle
from bulkwire_cli.bench.filling import sms
from bulkwire_cli.errors import CommandFailed

__all__ = ["STEPS", "Round", "run_round"]

IN_A_PIPELINE: Final = 250
PRODUCERS: Final = 4
REQUESTS: Final = 16
SINGLE_SHARE: Final = 10
"""One message in so many is enqueued by itself, as a login code is."""
STEPS: Final = ("enqueue, in pipelines", "enqueue, one at a time", "claim, depart, settle")
TERMS: Final = ClaimTerms(linger_ms=0)


@dataclass(frozen=True, slots=True)
class Round:
    """Messages a second of each of the `STEPS`, and of all together."""

    steps: tuple[float, ...]
    whole: float


async def run_round(url: str, messages: int, *, start: int) -> Round:
    """Takes so many messages in and sends them; `start` is the number of the first."""
    keys, store = Keys("default"), AsyncStore(url)
    records = list(sms(range(start, start + messages)))
    single, many = records[::SINGLE_SHARE], [r for n, r in enumerate(records) if n % SINGLE_SHARE]
    began = time.monotonic()
    try:
        parts = [many[n : n + IN_A_PIPELINE] for n in range(0, len(many), IN_A_PIPELINE)]
        await _enqueue(store, keys, parts)
        piped = time.monotonic()
        await _enqueue(store, keys, [[record] for record in single])
        singly = time.monotonic()
        await _send(store, keys, messages)
    finally:
        await store.aclose()
    ended = time.monotonic()
    seconds = (piped - began, singly - piped, ended - singly)
    done = (len(many), len(single), messages)
    return Round(
        tuple(count / took for count, took in zip(done, seconds, strict=True)),
        messages / (ended - began),
    )


async def _enqueue(store: AsyncStore, keys: Keys, parts: Sequence[Sequence[NewRecord]]) -> None:
    shares: list[list[Sequence[NewRecord]]] = [[] for _ in range(PRODUCERS)]
    for share, part in zip(cycle(shares), parts, strict=False):
        share.append(part)

    async def produce(share: list[Sequence[NewRecord]]) -> None:
        for part in share:
            await store.run_many([enqueue(keys, record, token=record.id) for record in part])

    async with asyncio.TaskGroup() as tasks:
        for share in shares:
            tasks.create_task(produce(share))


async def _send(store: AsyncStore, keys: Keys, messages: int) -> None:
    left = messages

    async def work() -> None:
        nonlocal left
        while left > 0:
            batch = await store.run(claim(keys, uuid.uuid4().hex, terms=TERMS))
            if not isinstance(batch, Batch):
                await asyncio.sleep(0)
                continue
            departure = await store.run(depart(keys, batch.id, 1, lease_ms=TERMS.lease_ms))
            if departure.verdict is not Verdict.GO:
                raise CommandFailed("a lease ran out: this machine is too busy to measure")
            said = {one.id: Accepted(one.id) for one in batch.messages}
            await store.run(settle(keys, batch.id, 1, said, first_check_ms=3_600_000))
            left -= len(said)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(REQUESTS):
            tasks.create_task(work())
