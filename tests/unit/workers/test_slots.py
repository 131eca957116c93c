"""How many requests run side by side, and how much they hold in memory."""

import asyncio

from bulkwire_workers.sending.slots import RequestSlots


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


async def test_requests_that_hold_much_leave_less_for_the_next() -> None:
    slots, done = RequestSlots(32, most_bytes=20_000_000), asyncio.Event()

    async def request() -> None:
        await done.wait()

    slots.start(request(), size=15_000_000)
    assert (slots.bytes_left, slots.free_for_all) == (5_000_000, True)
    slots.start(request(), size=6_000_000)
    assert (slots.bytes_left, slots.free_for_all, slots.free_for_high) == (0, False, True)
    done.set()
    await slots.drain(5)
    await asyncio.sleep(0)
    assert slots.bytes_left == 20_000_000
