"""The composition root: what runs in a pool child, put together from its settings."""

import asyncio
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from bulkwire.store.enqueueing import count_wake_failure, raise_wake_flag
from bulkwire.store.runner import AsyncStore
from bulkwire.store.sending import ClaimTerms
from bulkwire.waking import Waker
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.decisions.values import RetryPolicy
from bulkwire_workers.liveness.pulse import Pulse
from bulkwire_workers.provider_lines import CHECK_TIMEOUT_S, open_lines
from bulkwire_workers.sending.dispatcher import Dispatcher
from bulkwire_workers.sending.leases import LeaseKeeper
from bulkwire_workers.sending.recollection import Recollection
from bulkwire_workers.sending.sender import Sender, SendingTerms
from bulkwire_workers.sending.witness import Witness
from bulkwire_workers.stopping import Stopping
from bulkwire_workers.upkeep.archiver import Archiver, ArchiveTerms
from bulkwire_workers.upkeep.checks import CheckTerms, StatusChecks
from bulkwire_workers.upkeep.chores import Chores
from bulkwire_workers.upkeep.hold_watch import HoldWatch
from bulkwire_workers.upkeep.redriver import Redriver
from bulkwire_workers.upkeep.scheduler import DutyScheduler

__all__ = ["Parts", "assemble"]

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs on a child's event loop."""

    store: AsyncStore
    dispatcher: Dispatcher
    witness: Witness
    chores: Chores
    scheduler: DutyScheduler


async def assemble(
    settings: WorkerSettings, leases: LeaseKeeper, waker: Waker, stopping: Stopping, pulse: Pulse
) -> Parts:
    """Makes the parts on the running loop, which they then belong to."""
    store = AsyncStore(settings.redis_url)

    async def wake() -> None:
        # Workers wake themselves each second: whatever goes wrong here costs no more than that.
        flag_raised = (await store.try_many([raise_wake_flag()]))[0] is True
        if flag_raised and not await asyncio.to_thread(waker.wake):
            await store.try_many([count_wake_failure()])

    recollection = Recollection()
    dispatcher = _dispatcher(settings, store, leases, recollection, stopping=stopping, pulse=pulse)
    lines = open_lines(settings, connections=settings.checks, read_timeout_s=CHECK_TIMEOUT_S)
    accounts = [line.keys for line in lines.values()]
    witness = Witness(
        settings.redis_url,
        accounts,
        recollection,
        terms=_claim_terms(settings),
        first_check_ms=_first_check_ms(settings),
    )
    chores = Chores(store, accounts, wake, lease_ms=_lease_ms(settings))
    checks = StatusChecks(store, lines, _check_terms(settings), SystemRandom())
    scheduler = DutyScheduler(
        {
            "chores": chores.do,
            # Several rounds side by side: one slow answer must not hold up all others.
            "checks 1": checks.do,
            "checks 2": checks.do,
            "checks 3": checks.do,
            "holds": HoldWatch(store, lines, wake).do,
            "redrives": Redriver(store, accounts, wake).do,
            "archive": Archiver(store, accounts, _archive_terms(settings)).do,
        },
        stopping,
    )
    return Parts(store, dispatcher, witness, chores, scheduler)


def _dispatcher(
    settings: WorkerSettings,
    store: AsyncStore,
    leases: LeaseKeeper,
    recollection: Recollection,
    *,
    stopping: Stopping,
    pulse: Pulse,
) -> Dispatcher:
    terms = SendingTerms(
        lease_ms=_lease_ms(settings),
        first_check_ms=_first_check_ms(settings),
        policy=_policy(settings),
    )
    return Dispatcher(
        store,
        open_lines(settings, connections=settings.requests, read_timeout_s=settings.read_timeout),
        Sender(
            store, leases, recollection, terms, rng=SystemRandom(), stopping=stopping, pulse=pulse
        ),
        terms=_claim_terms(settings),
        requests=settings.requests,
        stopping=stopping,
        pulse=pulse,
    )


def _lease_ms(settings: WorkerSettings) -> int:
    return round(settings.lease * 1000)


def _first_check_ms(settings: WorkerSettings) -> int:
    return round(settings.first_check * 1000)


def _claim_terms(settings: WorkerSettings) -> ClaimTerms:
    return ClaimTerms(
        lease_ms=_lease_ms(settings),
        linger_ms=settings.linger_ms,
        most_per_second=settings.most_per_second,
    )


def _policy(settings: WorkerSettings) -> RetryPolicy:
    return RetryPolicy(attempts=settings.attempts, resend_on_bare_503=settings.resend_on_bare_503)


def _check_terms(settings: WorkerSettings) -> CheckTerms:
    return CheckTerms(
        requests=settings.checks,
        hold_ms=_lease_ms(settings),
        window_ms=round(settings.status_window_hours * HOUR_MS),
        policy=_policy(settings),
    )


def _archive_terms(settings: WorkerSettings) -> ArchiveTerms:
    return ArchiveTerms(
        retention_ms=round(settings.retention_days * DAY_MS),
        dead_retention_ms=round(settings.dead_retention_days * DAY_MS),
    )
