"""Sessions of upkeep: side by side, on their own clocks, and soon over when the worker stops."""

import asyncio

import pytest

from bulkwire.errors import QueueUnavailable
from bulkwire_workers.stopping import Stopping
from bulkwire_workers.upkeep import scheduler
from bulkwire_workers.upkeep.scheduler import DutyScheduler


async def test_a_slow_duty_does_not_keep_the_others_from_their_turns() -> None:
    rounds = []

    async def quick() -> float:
        rounds.append("quick")
        return 0.0

    async def slow() -> float:
        await asyncio.sleep(0.4)
        rounds.append("slow")
        return 60.0

    await DutyScheduler({"slow": slow, "quick": quick}, Stopping()).serve(0.3)
    assert rounds.count("slow") == 1
    assert rounds.count("quick") > 10


async def test_a_duty_without_a_store_is_put_off_and_the_session_goes_on() -> None:
    rounds = []

    async def troubled() -> float:
        raise QueueUnavailable("away")

    async def other() -> float:
        rounds.append("other")
        return 0.0

    await DutyScheduler({"troubled": troubled, "other": other}, Stopping()).serve(0.2)
    assert rounds


async def test_a_stopping_worker_waits_for_a_round_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduler, "GRACE_S", 0.1)
    stopping = Stopping()
    cut_off = asyncio.Event()

    async def endless() -> float:
        stopping.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cut_off.set()
            raise
        return 0.0

    async with asyncio.timeout(5):
        await DutyScheduler({"endless": endless}, stopping).serve(3600)
    assert cut_off.is_set()
