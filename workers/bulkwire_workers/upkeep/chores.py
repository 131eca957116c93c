"""The quick part of upkeep: due messages, lapsed leases. Cheap, so anybody may do it."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, TypeAlias

import structlog

from bulkwire.errors import QueueFull
from bulkwire.store.keys import Keys
from bulkwire.store.runner import AsyncStore
from bulkwire.store.upkeep import move_due, reap, say_upkeep_runs
from bulkwire_workers.accounts import for_each_account

__all__ = ["Chores", "Wake"]

Wake: TypeAlias = Callable[[], Awaitable[None]]
"""Tells dispatch that there is work."""

LOOK_AGAIN_S: Final = 0.25
"""Somebody may schedule something sooner than what was seen."""
MOST_ROUNDS: Final = 40
"""250 messages a round; then other accounts have their turn."""


class Chores:
    """Moves what is due and takes back what lapsed, account by account."""

    def __init__(
        self, store: AsyncStore, accounts: Iterable[Keys], wake: Wake, *, lease_ms: int
    ) -> None:
        self._store = store
        self._lease_ms = lease_ms
        self._accounts = list(accounts)
        self._wake = wake
        self._log = structlog.get_logger("bulkwire.upkeep")

    async def do(self) -> float:
        """One round. Seconds until the next one."""
        with suppress(QueueFull):  # a full server must not keep leases from being taken back
            await self._store.run(say_upkeep_runs())
        waits = await for_each_account(self._accounts, self._account)
        return min([LOOK_AGAIN_S, *(wait for some in waits for wait in some)])

    async def _account(self, keys: Keys) -> list[float]:
        return [*await self._move_due(keys), *await self._reap(keys)]

    async def _move_due(self, keys: Keys) -> list[float]:
        for _ in range(MOST_ROUNDS):
            due = await self._store.run(move_due(keys))
            if due.moved:
                await self._wake()
            if not due.more:
                return [] if due.next_in_ms is None else [due.next_in_ms / 1000]
        return [0.0]

    async def _reap(self, keys: Keys) -> list[float]:
        for _ in range(MOST_ROUNDS):
            reaped = await self._store.run(reap(keys, lease_ms=self._lease_ms))
            if reaped.in_doubt or reaped.put_back:
                self._log.warning(
                    "leases_lapsed",
                    account=keys.account,
                    in_doubt=reaped.in_doubt,
                    put_back=reaped.put_back,
                )
                await self._wake()
            if not reaped.more:
                return [] if reaped.next_in_ms is None else [reaped.next_in_ms / 1000]
        return [0.0]
