"""One run from beginning to end: servers, campaign and faults, then the evidence."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.audit import audit_account
from bulkwire_cli.chaos.disagreements import write_disagreements
from bulkwire_cli.chaos.driver import Progress, drive
from bulkwire_cli.chaos.harness import ACCOUNT, Servers, open_harness, start_servers
from bulkwire_cli.chaos.journal import Journal
from bulkwire_cli.chaos.judgement import Verdict
from bulkwire_cli.chaos.plan import Plan
from bulkwire_cli.chaos.recovery import Dealt
from bulkwire_cli.reconciliation.comparison import compare
from bulkwire_cli.reconciliation.records import every_message

__all__ = ["JOURNAL", "run_chaos"]

JOURNAL: Final = "faults.log"
DISAGREEMENTS: Final = "disagreements.jsonl"
REPLY_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Course:
    """What the driver brings back."""

    dealt: tuple[Dealt, ...]
    exposed: frozenset[str]
    had_to_be_ended: tuple[str, ...]


def run_chaos(plan: Plan, folder: Path, progress: Progress) -> Verdict:
    """Runs the plan; every log is in `folder`. Call it from the main thread.

    Raises PrivateServerError, SimulatorNotStartedError, CommandFailed, StoreError.
    """
    began = time.monotonic()
    journal = Journal(folder / JOURNAL)
    try:
        with start_servers(plan) as servers:
            course = asyncio.run(_run(plan, servers, folder, journal, progress))
            return _judged(plan, servers, course, folder, time.monotonic() - began)
    finally:
        journal.close()


async def _run(
    plan: Plan, servers: Servers, folder: Path, journal: Journal, progress: Progress
) -> _Course:
    async with open_harness(plan, servers, folder, journal) as harness:
        dealt = await drive(harness, progress)
    return _Course(dealt, frozenset(harness.exposure.ids), tuple(harness.fleet.had_to_be_ended))


def _judged(plan: Plan, servers: Servers, course: _Course, folder: Path, seconds: float) -> Verdict:
    """Reads every record and the provider's ledger, once no worker runs any more."""
    keys = Keys(ACCOUNT)
    dead: Counter[tuple[str, str]] = Counter()

    def ours() -> Iterator[StoredMessage]:
        for message in every_message(store, keys):
            if message.state is State.DEAD:
                dead[message.category or "", message.reason or ""] += 1
            yield message

    with Store(servers.redis.url, reply_timeout_s=REPLY_TIMEOUT_S) as store:
        provider = servers.simulator.client
        comparison = compare(ours(), provider.ledger(), expected=plan.messages)
        if not comparison.ok:
            ledger = provider.ledger()
            write_disagreements(
                folder / DISAGREEMENTS, comparison.disagreements, store, keys, ledger
            )
        return Verdict(
            plan=plan,
            dealt=course.dealt,
            comparison=comparison,
            audit=audit_account(store, keys),
            dead=dead,
            exposed=course.exposed,
            had_to_be_ended=course.had_to_be_ended,
            seconds=seconds,
        )
