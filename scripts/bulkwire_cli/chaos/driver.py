"""Runs the campaign and deals the faults of the schedule, one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from bulkwire.errors import StoreError
from bulkwire_cli.chaos import hurting_others as others
from bulkwire_cli.chaos import hurting_provider as provider
from bulkwire_cli.chaos import hurting_redis as redis
from bulkwire_cli.chaos import hurting_workers as workers
from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.recovery import Dealt, went_on_after
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.chaos.stage import Stage
from bulkwire_cli.chaos.watch import Watch
from bulkwire_cli.errors import CommandFailed

__all__ = ["Progress", "drive"]

Hurt = Callable[[Stage, Step], Awaitable[str]]
Progress = Callable[[int, int], None]
"""Told the messages that the provider has taken in, and the faults that were dealt."""
LOOK_S: Final = 0.05
SHOW_S: Final = 0.25
STALLED_AFTER_S: Final = 150.0
"""Longer than the longest lease (120 s), which a child with a deadlocked loop may keep."""

HURTS: Final[Mapping[Kind, Hurt]] = {
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


async def drive(stage: Stage, progress: Progress) -> tuple[Dealt, ...]:
    """Deals every fault while messages are being sent, then waits until nothing moves any more.

    What still moves after nothing has happened for a while is left to the evidence.
    """
    dealt: list[Dealt] = []
    steps = stage.plan.steps
    async with asyncio.TaskGroup() as tasks:
        chores = (
            tasks.create_task(stage.fleet.keep_up()),
            tasks.create_task(
                stage.feeder.run(lambda: stage.watch.waiting, lambda: len(steps) - len(dealt))
            ),
            tasks.create_task(_show(stage, dealt, progress)),
        )
        tasks.create_task(stage.watch.run())
        try:
            for step in steps:
                await _until_due(stage, step)
                dealt.append(await _deal(stage, step))
            stage.journal.write("all_dealt", faults=len(dealt))
            await _until_settled(stage)
        finally:
            stage.watch.stop()
        for chore in chores:
            chore.cancel()
    recovered = tuple(_with_recovery(stage, one) for one in dealt)
    for one in recovered:
        stage.journal.write(
            "recovered",
            number=one.step.number,
            kind=one.step.kind,
            went_on_s=one.went_on_s,
            given_back_s=one.given_back_s,
        )
    return recovered


async def _show(stage: Stage, dealt: list[Dealt], progress: Progress) -> None:
    while True:
        progress(stage.watch.accepted, len(dealt))
        await asyncio.sleep(SHOW_S)


async def _until_due(stage: Stage, step: Step) -> None:
    """Waits until so many messages have been on their way, and some are under way now."""
    watch, feeder = stage.watch, stage.feeder
    due = step.at * stage.plan.messages
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


async def _deal(stage: Stage, step: Step) -> Dealt:
    number, kind = step.number, step.kind
    began = time.monotonic()
    stage.journal.write("fault", number=number, kind=kind, sending=stage.watch.sending)
    try:
        held = [leased.batch for leased in await stage.exposure.look()]
        stage.watch.until_given_back(number, held)
    except StoreError as error:
        stage.journal.write("not_looked", number=number, error=f'"{error}"')
    async with stage.exposure.watched():
        victim = await HURTS[kind](stage, step)
        ended = time.monotonic()
    stage.journal.write("over", number=number, kind=kind, victim=victim)
    return Dealt(step, victim, began, ended)


async def _until_settled(stage: Stage) -> None:
    await _until_at_rest(stage)
    if Kind.ROLLBACK_REDIS in stage.plan.faults:
        # What was enqueued within a second that was forgotten is the producer's to enqueue again.
        for part in stage.feeder.supply.everything():
            await stage.feeder.take_in(part)
        await _until_at_rest(stage)


async def _until_at_rest(stage: Stage) -> None:
    feeder, watch = stage.feeder, stage.watch
    patience = _Patience(watch)
    try:
        while feeder.supply.left or not feeder.idle:
            await patience.wait()
        await watch.look()
        while not watch.settled:
            await patience.wait()
    except CommandFailed as error:
        stage.journal.write("stalled", error=f'"{error}"')


def _with_recovery(stage: Stage, one: Dealt) -> Dealt:
    given_back = stage.watch.given_back.get(one.step.number)
    return replace(
        one,
        went_on_s=went_on_after(stage.watch.points, one.ended),
        given_back_s=None if given_back is None else max(0.0, given_back - one.ended),
    )
