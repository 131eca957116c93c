"""How many requests run side by side, and how much they hold in memory."""

import asyncio

from bulkwire_workers.sending.slots import (
    A_LARGE_MESSAGE,
    KEPT_FOR_HIGH,
    MOST_BYTES,
    RequestSlots,
)


async def test_the_last_place_is_for_high() -> None:
    slots, done = RequestSlots(2), asyncio.Event()

    async def request() -> None:
        await done.wait()

    slots.start(request(), size=100)
    assert (slots.free_for_all, slots.free_for_high) == (False, True)
    slots.start(request(), size=100)
    assert (slots.free_for_all, slots.free_for_high) == (False, False)
    done.set()
    assert await slots.drain(5) == 0
    await asyncio.sleep(0)  # whoever waited for it runs before it is forgotten
    assert slots.free_for_all


async def test_draining_waits_for_what_starts_meanwhile_too() -> None:
    slots, ended = RequestSlots(8), list[str]()

    async def first() -> None:
        await asyncio.sleep(0.05)
        slots.start(second(), size=100)
        ended.append("first")

    async def second() -> None:
        await asyncio.sleep(0.05)
        ended.append("second")

    slots.start(first(), size=100)
    assert await slots.drain(5) == 0
    assert ended == ["first", "second"]


async def test_draining_ends_in_time() -> None:
    slots, done = RequestSlots(8), asyncio.Event()

    async def request() -> None:
        await done.wait()

    slots.start(request(), size=100)
    assert await slots.drain(0.05) == 1
    done.set()
    assert await slots.drain(5) == 0


async def test_requests_that_hold_much_leave_less_for_the_next() -> None:
    slots, done = RequestSlots(32), asyncio.Event()

    async def request() -> None:
        await done.wait()

    slots.start(request(), size=45_000_000)
    assert (slots.bytes_for_all, slots.bytes_for_high) == (3_000_000, 19_000_000)
    assert slots.free_for_all
    slots.start(request(), size=3_000_000)
    assert (slots.bytes_for_all, slots.free_for_all, slots.free_for_high) == (0, False, True)
    done.set()
    await slots.drain(5)
    await asyncio.sleep(0)
    assert slots.bytes_for_high == MOST_BYTES


async def test_whatever_is_claimed_stays_within_the_bytes_of_a_process() -> None:
    slots, done, high = RequestSlots(64), asyncio.Event(), 0
    held = 0

    async def request() -> None:
        await done.wait()

    def start(room: int) -> None:
        nonlocal held
        # As a claim does: what fits, and one message at the least.
        size = max(A_LARGE_MESSAGE, room)
        held += size
        slots.start(request(), size=size)

    while slots.free_for_all:
        start(min(slots.bytes_for_all, 18_000_000))
    assert held <= MOST_BYTES - KEPT_FOR_HIGH
    while slots.free_for_high:
        start(0)
        high += 1
    assert held <= MOST_BYTES
    assert high >= KEPT_FOR_HIGH // A_LARGE_MESSAGE
    done.set()
    assert await slots.drain(5) == 0
