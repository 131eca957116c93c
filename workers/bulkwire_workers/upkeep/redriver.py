"""Sends again what a used-up balance rejected, once the hold is lifted and where that is wanted.

A killed worker leaves the rest to the next walk: what went out again is no dead letter any more.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Final

import structlog

from bulkwire.store.keys import Keys
from bulkwire.store.listing import IndexWalk, Listed, read_listed
from bulkwire.store.redrives import Redrive, end_redrive, read_redrives
from bulkwire.store.runner import AsyncStore
from bulkwire.store.steering import redrive
from bulkwire_workers.accounts import for_each_account
from bulkwire_workers.upkeep.chores import Wake

__all__ = ["Redriver"]

EVERY_S: Final = 1.0
PAGE: Final = 250
REASON: Final = "insufficient_account_balance"
"""Our word for it; the provider's status is the same in capitals."""


class Redriver:
    """Looks for lifted holds. Belongs to one event loop."""

    def __init__(self, store: AsyncStore, accounts: Iterable[Keys], wake: Wake) -> None:
        self._store = store
        self._accounts = list(accounts)
        self._wake = wake
        self._log = structlog.get_logger("bulkwire.redrives")

    async def do(self) -> float:
        """One round over the accounts. Seconds until the next one."""
        await for_each_account(self._accounts, self._account)
        return EVERY_S

    async def _account(self, keys: Keys) -> None:
        for wanted in await self._store.run(read_redrives(keys)):
            await self._carry_out(keys, wanted)

    async def _carry_out(self, keys: Keys, wanted: Redrive) -> None:
        queued = 0
        async for page in self._pages(keys, wanted):
            letters = [(one.id, one.turn) for one in page if one.reason.lower() == REASON]
            if letters:
                answers = await self._store.run(redrive(keys, letters))
                queued += list(answers.values()).count("queued")
                await self._wake()
        await self._store.run(end_redrive(keys, wanted))
        self._log.info("redriven", account=keys.account, hold=wanted.field, messages=queued)

    async def _pages(self, keys: Keys, wanted: Redrive) -> AsyncIterator[list[Listed]]:
        """Its dead letters, the oldest first, while some of them leave the index."""
        way: IndexWalk | None = IndexWalk("dead", wanted.since_ms, wanted.until_ms, PAGE)
        while way:
            places = await self._store.run(way.read(keys))
            fresh = way.fresh(places)
            for begin in range(0, len(fresh), PAGE):
                calls = [read_listed(keys, place.id) for place in fresh[begin : begin + PAGE]]
                yield [found for found in await self._store.run_many(calls) if found]
            way = way.after(places)
