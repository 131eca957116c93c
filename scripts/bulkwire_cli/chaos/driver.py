"""Runs the campaign and deals the faults of the schedule, one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from bulkwire.errors import StoreError
from bulkwire_cli.chaos import other_faults as others
from bulkwire_cli.chaos import provider_faults as provider
from bulkwire_cli.chaos import redis_faults as redis
from bulkwire_cli.chaos import worker_faults as workers
from bulkwire_cli.chaos.harness import Harness
from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.recovery import Dealt, went_on_after
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.chaos.watch import Watch
from bulkwire_cli.errors import CommandFailed

__all__ = ["Progress", "drive"]

Fault = Callable[[Harness, Step], Awaitable[str]]
Progress = Callable[[int, int], None]
"""Told the messages that the provider has taken in, and the faults that were dealt."""
LOOK_S: Final = 0.05
SHOW_S: Final = 0.25
STALLED_AFTER_S: Final = 150.0
"""Longer than the longest lease (120 s), which a child with a deadlocked loop may keep."""

FAULTS: Final[Mapping[Kind, Fault]] = {
    Kind.KILL_WORKER: workers.kill_worker,
    Kind.KILL_CHILD: workers.kill_child,
    Kind.KILL_PARENT: workers.kill_parent,
    Kind.STOP_WORKER: workers.stop_worker,
    Kind.STOP_CHILD: workers.stop_child,
    Kind.RESTART_WORKER: workers.restart_worker,
    Kind.BLOCK_LOOP: workers.block_loop,
    Kind.DEADLOCK_LOOP: workers.deadlock_loop,
    Kind.KILL_REDIS: redis.kill_redis,
    Kind.ROLLBACK_REDIS: redis.rollback_redis,
    Kind.HANG_REDIS: redis.hang_redis,
    Kind.FILL_REDIS: redis.fill_redis,
    Kind.DROP_REDIS_REPLIES: redis.drop_redis_replies,
    Kind.STALL_REDIS_LINE: redis.stall_redis_line,
    Kind.DELAY_REDIS_LINE: redis.delay_redis_line,
    Kind.DROP_PROVIDER_REPLIES: provider.drop_provider_replies,
    Kind.STALL_PROVIDER_LINE: provider.stall_provider_line,
    Kind.DELAY_PROVIDER_LINE: provider.delay_provider_line,
    Kind.RESET_PROVIDER: provider.reset_provider,
    Kind.STORM_503: provider.storm_503,
    Kind.KILL_BEAT: others.kill_beat,
    Kind.KILL_BROKER: others.kill_broker,
    Kind.KILL_IMPORTER: others.kill_importer,
}


async def drive(harness: Harness, progress: Progress) -> tuple[Dealt, ...]:
    """Deals every fault while messages are being sent, then waits until nothing moves any more.

    What still moves after nothing has happened for a while is left to the evidence.
    """
    dealt: list[Dealt] = []
    steps = harness.plan.steps
    async with asyncio.TaskGroup() as tasks:
        chores = (
            tasks.create_task(harness.fleet.keep_up()),
            tasks.create_task(
                harness.feeder.run(lambda: harness.watch.waiting, lambda: len(steps) - len(dealt))
            ),
            tasks.create_task(_show(harness, dealt, progress)),
        )
        tasks.create_task(harness.watch.run())
        try:
            for step in steps:
                await _until_due(harness, step)
                dealt.append(await _deal(harness, step))
            harness.journal.write("all_dealt", faults=len(dealt))
            await _until_settled(harness)
        finally:
            harness.watch.stop()
        for chore in chores:
            chore.cancel()
    recovered = tuple(_with_recovery(harness, one) for one in dealt)
    for one in recovered:
        harness.journal.write(
            "recovered",
            number=one.step.number,
            kind=one.step.kind,
            went_on_s=one.went_on_s,
            given_back_s=one.given_back_s,
        )
    return recovered


async def _show(harness: Harness, dealt: list[Dealt], progress: Progress) -> None:
    while True:
        progress(harness.watch.accepted, len(dealt))
        await asyncio.sleep(SHOW_S)


async def _until_due(harness: Harness, step: Step) -> None:
    """Waits until so many messages have been on their way, and some are under way now."""
    watch, feeder = harness.watch, harness.feeder
    due = step.at * harness.plan.messages
    patience = _Patience(watch)
    # What will never come must not be waited for: then it is dealt with what there is.
    while watch.gone < due and (watch.waiting or not feeder.idle):
        await patience.wait()
    while not watch.sending:
        await patience.wait()


class _Patience:
    """Waits a moment at a time, for as long as things move."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._seen = dict(watch.counts)
        self._changed_at = time.monotonic()

    async def wait(self) -> None:
        """Raises CommandFailed where nothing has moved for too long."""
        now = time.monotonic()
        if self._watch.counts != self._seen:
            self._seen, self._changed_at = dict(self._watch.counts), now
        if now - self._changed_at > STALLED_AFTER_S:
            raise CommandFailed(
                f"nothing has moved for {STALLED_AFTER_S:.0f} s: messages by state: {self._seen}"
            )
        await asyncio.sleep(LOOK_S)


async def _deal(harness: Harness, step: Step) -> Dealt:
    number, kind = step.number, step.kind
    began = time.monotonic()
    harness.journal.write("fault", number=number, kind=kind, sending=harness.watch.sending)
    try:
        held = [leased.batch for leased in await harness.exposure.look()]
        harness.watch.until_given_back(number, held)
    except StoreError as error:
        harness.journal.write("not_looked", number=number, error=f'"{error}"')
    async with harness.exposure.watched():
        victim = await FAULTS[kind](harness, step)
        ended = time.monotonic()
    harness.journal.write("over", number=number, kind=kind, victim=victim)
    return Dealt(step, victim, began, ended)


async def _until_settled(harness: Harness) -> None:
    await _until_at_rest(harness)
    if Kind.ROLLBACK_REDIS in harness.plan.faults:
        # What was enqueued within a second that was forgotten is the producer's to enqueue again.
        for part in harness.feeder.supply.everything():
            await harness.feeder.take_in(part)
        await _until_at_rest(harness)


async def _until_at_rest(harness: Harness) -> None:
    feeder, watch = harness.feeder, harness.watch
    patience = _Patience(watch)
    try:
        while feeder.supply.left or not feeder.idle:
            await patience.wait()
        await watch.look()
        while not watch.settled:
            await patience.wait()
    except CommandFailed as error:
        harness.journal.write("stalled", error=f'"{error}"')


def _with_recovery(harness: Harness, one: Dealt) -> Dealt:
    given_back = harness.watch.given_back.get(one.step.number)
    return replace(
        one,
        went_on_s=went_on_after(harness.watch.points, one.ended),
        given_back_s=None if given_back is None else max(0.0, given_back - one.ended),
    )
