"""Watches standing holds for what may lift them: a new key, a balance that has risen.

And tells when one is gone, however it was lifted: the log then says how long an outage took.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from bulkwire.store.runner import AsyncStore
from bulkwire.store.steering import Hold, HoldReason, keep_balance, lift_hold, read_holds, try_hold
from bulkwire_workers.accounts import for_each_account
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.provider_lines import Line
from bulkwire_workers.upkeep.chores import Wake

__all__ = ["HoldWatch"]

EVERY_S: Final = 5.0


class HoldWatch:
    """Looks at the holds of every account. Belongs to one event loop."""

    def __init__(self, store: AsyncStore, lines: Mapping[str, Line], wake: Wake) -> None:
        self._store = store
        self._lines = lines
        self._wake = wake
        self._standing: dict[str, Sequence[Hold]] = {}
        """Those of the last look, by account."""
        self._log = structlog.get_logger("bulkwire.holds")

    async def do(self) -> float:
        """One look. Seconds until the next one."""
        await for_each_account(self._lines.values(), self._account)
        return EVERY_S

    async def _account(self, line: Line) -> None:
        holds = await self._store.run(read_holds(line.keys))
        self._tell_of_lifted(line.account, holds)
        for hold in holds:
            await self._look(line, hold)

    def _tell_of_lifted(self, account: str, holds: Sequence[Hold]) -> None:
        now_stand = {(hold.field, hold.since_ms) for hold in holds}
        for hold in self._standing.get(account, ()):
            if (hold.field, hold.since_ms) not in now_stand:
                since = datetime.fromtimestamp(hold.since_ms / 1000, UTC).isoformat()
                self._log.info("hold_lifted", account=account, hold=hold.field, since=since)
        self._standing[account] = holds

    async def _look(self, line: Line, hold: Hold) -> None:
        if hold.reason is HoldReason.AUTH and hold.key not in {None, line.key_fingerprint}:
            await self._store.run(lift_hold(line.keys, hold))
            self._log.info("key_replaced", account=line.account)
            await self._wake()
        elif hold.reason is HoldReason.BALANCE and hold.probe_at_ms is None:
            await self._ask_balance(line, hold)

    async def _ask_balance(self, line: Line, hold: Hold) -> None:
        try:
            answer = await line.api.balance()
        except ProviderError:
            return
        if answer.amount is None:
            return
        amount = float(answer.amount)
        # Nobody knew how little was left when it ran out: it may have been topped up before this
        # first look, so that is worth a trial, too.
        if amount > (hold.balance or 0.0):
            await self._store.run(try_hold(line.keys, hold))
            self._log.info("hold_tried", account=line.account, reason="balance")
            await self._wake()
        if amount != hold.balance:
            # Also what was tried with: after a trial that failed, only more than that counts.
            await self._store.run(keep_balance(line.keys, hold, amount))
