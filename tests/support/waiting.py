"""Bounded waits: poll for what must become true, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_INTERVAL_S = 0.02


def wait_until(predicate: Callable[[], T | None], timeout: float = 60.0, message: str = "") -> T:
    """Calls `predicate` until it answers something true, and returns that.

    Fails the test after `timeout` seconds with `message` and the last answer.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(_complaint(timeout, message, answer))
        time.sleep(_INTERVAL_S)


async def eventually(
    predicate: Callable[[], Awaitable[T | None]], within: float = 60.0, message: str = ""
) -> T:
    """`wait_until` for coroutines: the event loop goes on meanwhile."""
    deadline = time.monotonic() + within
    while True:
        answer = await predicate()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(_complaint(within, message, answer))
        await asyncio.sleep(_INTERVAL_S)


def _complaint(timeout: float, message: str, answer: object) -> str:
    return f"{message or 'it'} did not come true within {timeout} s; the last answer was {answer!r}"
