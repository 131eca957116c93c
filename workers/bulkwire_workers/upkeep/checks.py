"""Asks the provider what became of accepted messages, many at a time."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

import structlog

from bulkwire.store.listing import read_time_ms
from bulkwire.store.runner import AsyncStore
from bulkwire.store.status_updates import (
    Check,
    StatusKind,
    StatusUpdate,
    claim_checks,
    write_status_updates,
)
from bulkwire_workers.accounts import for_each_account
from bulkwire_workers.decisions.backoff import next_check_ms
from bulkwire_workers.decisions.follow_up import (
    Arrived,
    Failed,
    FollowUp,
    ResendLater,
    StillPending,
    decide_status,
)
from bulkwire_workers.decisions.values import HoldRequest, RetryPolicy
from bulkwire_workers.hold_calls import hold_call
from bulkwire_workers.one_api.answers import StatusAnswer
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.provider_lines import Line

__all__ = ["CheckTerms", "StatusChecks", "update_for"]

MOST_AT_ONCE: Final = 100
UNHEARD_WINDOWS: Final = 2
LOOK_AGAIN_S: Final = 0.25
"""Somebody may have to be asked for sooner than who was next when we looked."""
_WORD: Final = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class CheckTerms:
    """How status checks are made."""

    requests: int
    """Status requests side by side."""
    hold_ms: int
    """For so long nobody else asks for the same messages; asking twice would do no harm."""
    window_ms: int
    """After so long without a final word, an accepted message is unconfirmed: after twice as long
    where the provider says nothing at all, so that an outage of its own costs no outcome."""
    policy: RetryPolicy


class StatusChecks:
    """Runs due checks. Belongs to one event loop."""

    def __init__(
        self, store: AsyncStore, lines: Mapping[str, Line], terms: CheckTerms, rng: Random
    ) -> None:
        self._store = store
        self._lines = lines
        self._terms = terms
        self._rng = rng
        self._places = asyncio.Semaphore(terms.requests)
        self._log = structlog.get_logger("bulkwire.checks")

    async def do(self) -> float:
        """One round over the accounts. Seconds until the next one."""
        waits = await for_each_account(self._lines.values(), self._account)
        return min([LOOK_AGAIN_S, *waits])

    async def _account(self, line: Line) -> float:
        checks = await self._store.run(
            claim_checks(line.keys, most=MOST_AT_ONCE, hold_ms=self._terms.hold_ms)
        )
        if checks.due:
            follow_ups = await asyncio.gather(*(self._ask(line, check) for check in checks.due))
            await self._write(line, list(zip(checks.due, follow_ups, strict=True)))
        if checks.more:
            return 0.0
        return LOOK_AGAIN_S if checks.next_in_ms is None else checks.next_in_ms / 1000

    async def _ask(self, line: Line, check: Check) -> FollowUp:
        async with self._places:
            answer = await _status(line, check)
        return decide_status(
            answer, attempts=check.attempts, policy=self._terms.policy, rng=self._rng
        )

    async def _write(self, line: Line, answers: list[tuple[Check, FollowUp]]) -> None:
        for hold in {hold for _, said in answers for hold in _holds(said)}:
            decided_at_ms = await self._store.run(read_time_ms())
            if await self._store.run(hold_call(line, hold, comes_from=decided_at_ms)):
                self._log.warning("hold", account=line.account, reason=hold.reason, why=hold.why)
        updates = [update_for(check, said, self._terms, self._rng) for check, said in answers]
        await self._store.run(write_status_updates(line.keys, updates))
        tally = Counter(str(one.kind) for one in updates)
        pending = [said for _, said in answers if isinstance(said, StillPending)]
        tally["unlisted"] = sum(said.unlisted for said in pending)
        unheard = dict(Counter(said.reason for said in pending if said.unheard))
        self._log.info("checked", account=line.account, unheard=unheard, **tally)


async def _status(line: Line, check: Check) -> StatusAnswer | ProviderError:
    try:
        return await line.api.status(check.api_id)
    except ProviderError as error:
        return error


def update_for(check: Check, said: FollowUp, terms: CheckTerms, rng: Random) -> StatusUpdate:
    """What to write about a message, given what the provider said about it. Pure but for `rng`."""
    match said:
        case Arrived(state, status):
            return StatusUpdate(check.id, check.api_id, StatusKind(state), _word(status))
        case Failed(reason, category):
            word = _word(reason)
            return StatusUpdate(
                check.id,
                check.api_id,
                StatusKind.DEAD,
                word,
                word,
                category,
                suppress=said.suppress,
                pause_campaign=said.pause_campaign,
            )
        case ResendLater(reason, delay_ms):
            word = _word(reason)
            return StatusUpdate(
                check.id, check.api_id, StatusKind.RESEND, word, word, delay_ms=delay_ms
            )
        case StillPending():
            return _pending(check, said, terms, rng)


def _pending(check: Check, said: StillPending, terms: CheckTerms, rng: Random) -> StatusUpdate:
    word = _word(said.reason)
    window_ms = terms.window_ms * (UNHEARD_WINDOWS if said.unheard else 1)
    if check.age_ms >= window_ms:
        return StatusUpdate(check.id, check.api_id, StatusKind.UNCONFIRMED, word, "no_final_status")
    delay_ms = max(next_check_ms(check.age_ms, rng), round((said.retry_after_s or 0) * 1000))
    # The last check comes right after the window's end, not hours later.
    to_the_end = max(1_000, window_ms - check.age_ms)
    return StatusUpdate(
        check.id, check.api_id, StatusKind.PENDING, word, delay_ms=min(delay_ms, to_the_end)
    )


def _holds(said: FollowUp) -> tuple[HoldRequest, ...]:
    if isinstance(said, StillPending):
        return said.holds
    return (said.hold,) if isinstance(said, Failed) and said.hold else ()


def _word(status: str) -> str:
    """The provider's word, fit for a log line and a history."""
    return _WORD.sub("_", status)[:64]
