"""How many requests run at a time: a bounded set of tasks, one place kept for `high`."""

import asyncio
from collections.abc import Coroutine

import structlog

__all__ = ["RequestSlots"]


class RequestSlots:
    """Runs coroutines side by side, at most `places` at a time. The last place is for `high`."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._running: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("bulkwire.sending")

    @property
    def free_for_all(self) -> bool:
        """Whether a request of any priority may start."""
        return len(self._running) < self._places - 1

    @property
    def free_for_high(self) -> bool:
        """Whether a `high` request may start."""
        return len(self._running) < self._places

    def start(self, request: Coroutine[None, None, None]) -> None:
        """Runs `request` in a place of its own."""
        task = asyncio.get_running_loop().create_task(request)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Its messages come back when their lease lapses. The type alone: a text can quote.
            self._log.error("request_broke_down", error=type(error).__name__)

    async def changed(self, seconds: float) -> None:
        """Waits until a place becomes free, or for so long."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def drain(self, seconds: float) -> int:
        """Waits for what runs, at most so long; answers how many still run."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        return len(self._running)
