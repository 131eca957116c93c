"""Faults of what stands beside: beat, the broker, the importer."""

import asyncio
from typing import Final

from bulkwire.errors import StoreError
from bulkwire.store.record import read_counts
from bulkwire_cli.chaos.harness import Harness
from bulkwire_cli.chaos.recovery import MISSED
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.errors import CommandFailed

__all__ = ["kill_beat", "kill_broker", "kill_importer"]

LOOK_S: Final = 0.005
IMPORTS_WITHIN_S: Final = 60.0
DOWN_S: Final = (0.2, 2.0)


async def kill_beat(harness: Harness, step: Step) -> str:  # noqa: ARG001 - every fault takes a step
    """SIGKILL; another beat takes its place."""
    beat = harness.fleet.beat
    if beat is None:
        return MISSED
    beat.kill()
    return f"pid={beat.pid}"


async def kill_broker(harness: Harness, step: Step) -> str:
    """SIGKILL to the server that carries the wake-ups; it comes back with nothing."""
    broker = harness.servers.broker
    pid = broker.pid
    broker.kill()
    await asyncio.sleep(step.between(*DOWN_S))
    await asyncio.to_thread(broker.restart)
    return f"pid={pid}"


async def kill_importer(harness: Harness, step: Step) -> str:  # noqa: ARG001 - every fault takes a step
    """SIGKILL once some of its rows are in; the feeder runs the same import again."""
    feeder = harness.feeder
    loop = asyncio.get_running_loop()
    deadline = loop.time() + IMPORTS_WITHIN_S
    feeder.supply = feeder.supply.killed_one()
    before = await _total(harness)
    feeder.force(feeder.supply.rows_to_kill)
    while loop.time() < deadline:
        process, total = feeder.process, await _total(harness)
        if process is not None and total > before:
            process.kill()
            return f"pid={process.pid} rows={total - before}"
        if process is None:
            before = total
        await asyncio.sleep(LOOK_S)
    raise CommandFailed("no import has begun: see import.log")


async def _total(harness: Harness) -> int:
    try:
        return (await harness.store.run(read_counts(harness.keys))).get("total", 0)
    except StoreError:
        return 0
