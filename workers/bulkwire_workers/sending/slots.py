"""How many requests run at a time, and how much they hold in memory; some of it is for `high`."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Final

import structlog

__all__ = ["A_LARGE_MESSAGE", "KEPT_FOR_HIGH", "MOST_BYTES", "RequestSlots"]

MOST_BYTES: Final = 64_000_000
"""Payloads of all running requests together. Each is in memory about three times: as it was
claimed, as the request's body, and as what is written to the socket."""
KEPT_FOR_HIGH: Final = 16_000_000
"""Of these, what others leave free: files must not keep a login code waiting."""
A_LARGE_MESSAGE: Final = 2_000_000
"""One that carries a file of a megabyte, in base64. A claim takes one message however little is
left, so none is made where less than this is. Texts and lists of contacts may be larger, up to a
whole request: by one of these the limit can be passed."""


class RequestSlots:
    """Runs coroutines side by side, at most `places` at a time. The last place is for `high`."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._running: dict[asyncio.Task[None], int] = {}
        self._log = structlog.get_logger("bulkwire.sending")

    @property
    def free_for_all(self) -> bool:
        """Whether a request of any priority may start."""
        return len(self._running) < self._places - 1 and self.bytes_for_all >= A_LARGE_MESSAGE

    @property
    def free_for_high(self) -> bool:
        """Whether a `high` request may start."""
        return len(self._running) < self._places and self.bytes_for_high >= A_LARGE_MESSAGE

    @property
    def bytes_for_all(self) -> int:
        """How large the payloads of a request of any priority may be together."""
        return max(0, self.bytes_for_high - KEPT_FOR_HIGH)

    @property
    def bytes_for_high(self) -> int:
        """How large the payloads of a `high` request may be together."""
        return max(0, MOST_BYTES - sum(self._running.values()))

    def start(self, request: Coroutine[None, None, None], *, size: int) -> None:
        """Runs `request`, whose payloads have `size` bytes, in a place of its own."""
        task = asyncio.get_running_loop().create_task(request)
        self._running[task] = size
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
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
        """Waits for what runs, at most so long; answers how many still run.

        Also for what starts meanwhile: a claim may have been under way.
        """
        until = time.monotonic() + seconds
        while self._running and (left := until - time.monotonic()) > 0:
            await asyncio.wait(self._running, timeout=left)
        return len(self._running)
