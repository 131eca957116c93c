"""Waits on an event loop for what tells nobody when it happens."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

__all__ = ["holds_within"]

LOOK_S: Final = 0.05


async def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Waits until the condition holds; False where it doesn't within so many seconds (or inf)."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds if math.isfinite(seconds) else math.inf
    while True:
        if condition():
            return True
        if loop.time() > deadline:
            return False
        await asyncio.sleep(LOOK_S)
