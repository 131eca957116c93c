"""Sessions of upkeep: side by side, on their own clocks, and soon over when the worker stops."""

import asyncio
import time

import pytest

from bulkwire.errors import QueueUnavailable
from bulkwire_workers.stopping import Stopping
from bulkwire_workers.upkeep import scheduler
from bulkwire_workers.upkeep.scheduler import Duty, DutyScheduler


async def test_a_slow_duty_does_not_keep_the_others_from_their_turns() -> None:
    rounds = []

    stopping, others_had_turns = Stopping(), asyncio.Event()

    async def quick() -> float:
        rounds.append("quick")
        if len(rounds) > 10:
            others_had_turns.set()
        return 0.0

    async def slow() -> float:
        await others_had_turns.wait()
        stopping.set()
        return 60.0

    async with asyncio.timeout(60):
        await DutyScheduler({"slow": slow, "quick": quick}, stopping).serve(3600)
    assert len(rounds) > 10


async def test_a_round_that_outlasts_its_session_does_not_keep_the_others_waiting() -> None:
    session_s, late_turns, others_had_turns = 2.0, list[str](), asyncio.Event()
    ends_at = time.monotonic() + session_s

    async def outlasting() -> float:
        await others_had_turns.wait()
        return 60.0

    async def quick() -> float:
        if time.monotonic() > ends_at:
            late_turns.append("quick")
        if len(late_turns) > 10:
            others_had_turns.set()
        return 0.0

    duties: dict[str, Duty] = {"outlasting": outlasting, "quick": quick}
    async with asyncio.timeout(60):
        await DutyScheduler(duties, Stopping()).serve(session_s)
    assert len(late_turns) > 10


async def test_a_duty_without_a_store_is_put_off_and_the_session_goes_on() -> None:
    stopping, trouble = Stopping(), asyncio.Event()

    async def troubled() -> float:
        trouble.set()
        raise QueueUnavailable("away")

    async def other() -> float:
        if trouble.is_set():
            stopping.set()
        return 0.0

    async with asyncio.timeout(60):
        await DutyScheduler({"troubled": troubled, "other": other}, stopping).serve(3600)
    assert stopping.is_set()


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

    async with asyncio.timeout(60):
        await DutyScheduler({"endless": endless}, stopping).serve(3600)
    assert cut_off.is_set()
