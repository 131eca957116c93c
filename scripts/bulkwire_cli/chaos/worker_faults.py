"""Faults of the worker processes."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from bulkwire_cli.chaos.fleet import Child, Worker
from bulkwire_cli.chaos.harness import Harness
from bulkwire_cli.chaos.schedule import Step
from bulkwire_cli.chaos.waiting import holds_within
from bulkwire_cli.errors import CommandFailed

__all__ = [
    "block_loop",
    "deadlock_loop",
    "kill_child",
    "kill_parent",
    "kill_worker",
    "restart_worker",
    "stop_child",
    "stop_worker",
]

T = TypeVar("T")
READY_WITHIN_S: Final = 60.0
ARRIVED_S: Final = 0.05
"""By then, what was on its way to Redis when its sender was stopped has arrived."""
GONE_WITHIN_S: Final = 30.0


async def kill_worker(harness: Harness, step: Step) -> str:
    """SIGKILL to all processes of a worker."""
    worker = await _some_worker(harness, step)
    # Stopped first, so that what it has under way is known exactly.
    worker.signal_all(signal.SIGSTOP)
    await asyncio.sleep(ARRIVED_S)
    await harness.exposure.look()
    worker.process.kill()
    return f"{worker.name} pid={worker.process.pid}"


async def kill_child(harness: Harness, step: Step) -> str:
    """SIGKILL to one pool child."""
    worker, child = await _some_child(harness, step)
    os.kill(child.pid, signal.SIGSTOP)
    await asyncio.sleep(ARRIVED_S)
    await harness.exposure.look()
    os.kill(child.pid, signal.SIGKILL)
    return f"{worker.name} pid={child.pid}"


async def kill_parent(harness: Harness, step: Step) -> str:
    """SIGKILL to a worker's parent alone; its children have to notice."""
    worker = await _some_worker(harness, step)
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.popen.wait()
    harness.fleet.orphan(worker)
    await holds_within(GONE_WITHIN_S, lambda: not worker.children())
    return f"{worker.name} pid={worker.process.pid}"


async def stop_worker(harness: Harness, step: Step) -> str:
    """SIGSTOP to all processes of a worker past its lease, then SIGCONT."""
    worker = await _some_worker(harness, step)
    worker.signal_all(signal.SIGSTOP)
    await asyncio.sleep(step.seconds)
    worker.signal_all(signal.SIGCONT)
    return f"{worker.name} pid={worker.process.pid}"


async def stop_child(harness: Harness, step: Step) -> str:
    """SIGSTOP to one pool child past its lease, then SIGCONT."""
    worker, child = await _some_child(harness, step)
    os.kill(child.pid, signal.SIGSTOP)
    await asyncio.sleep(step.seconds)
    os.kill(child.pid, signal.SIGCONT)
    return f"{worker.name} pid={child.pid}"


async def restart_worker(harness: Harness, step: Step) -> str:
    """SIGTERM; another worker takes its place when it has ended."""
    worker = await _some_worker(harness, step)
    worker.process.signal(signal.SIGTERM)
    ended = await holds_within(GONE_WITHIN_S, lambda: worker not in harness.fleet.workers)
    if not ended:
        harness.fleet.end(worker)
    return f"{worker.name} pid={worker.process.pid}"


async def block_loop(harness: Harness, step: Step) -> str:
    """A child stands still with all its threads, past its lease."""
    worker, child = await _some_child(harness, step)
    os.kill(child.pid, signal.SIGUSR1)
    await asyncio.sleep(step.seconds)
    return f"{worker.name} pid={child.pid}"


async def deadlock_loop(harness: Harness, step: Step) -> str:
    """A child's event loop stands still for good."""
    worker, child = await _some_child(harness, step)
    os.kill(child.pid, signal.SIGUSR2)
    harness.fleet.condemn(worker, child)
    await asyncio.sleep(ARRIVED_S)
    return f"{worker.name} pid={child.pid}"


async def _some_worker(harness: Harness, step: Step) -> Worker:
    return await _pick(step, harness.fleet.ready)


async def _some_child(harness: Harness, step: Step) -> tuple[Worker, Child]:
    fleet = harness.fleet
    return await _pick(
        step,
        lambda: [(one, child) for one in fleet.ready() for child in fleet.sound_children(one)],
    )


async def _pick(step: Step, find: Callable[[], Sequence[T]]) -> T:
    """One of those there are; waits for a first one."""
    if not await holds_within(READY_WITHIN_S, lambda: bool(find())):
        raise CommandFailed("no worker has become ready: see the workers' logs")
    found = find()
    return found[step.choose(len(found))]
