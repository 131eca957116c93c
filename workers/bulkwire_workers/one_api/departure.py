"""Whether a request may have left: the record that httpx's trace events write."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Departure", "HeldBack"]

FIRST_BYTE: Final = "http11.send_request_headers.started"
"""httpcore's trace event right before the first byte of a request.

Connecting, TLS and waiting for a connection lie before it. httpcore takes another connection by
itself only before it, too (`ConnectionNotAvailable`), so it comes once per request.
"""


class HeldBack(Exception):
    """Not an error: the gate's answer to a request that comes too late. No byte of it left."""


@dataclass(slots=True)
class Departure:
    """One request's way out. Make one per attempt; read `started` whatever became of it."""

    started: bool = False
    """False: surely not sent. True: it may have been."""
    deadline: float = math.inf
    """`time.monotonic()` after which the request may not start any more."""
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    async def trace(self, event: str, info: object) -> None:  # noqa: ARG002 - httpcore's signature
        """httpx's `trace` extension. Raising here lets no byte out.

        A second start is refused as well: the same request twice would be the same messages twice.
        """
        if event != FIRST_BYTE:
            return
        if self.started or self.clock() >= self.deadline:
            raise HeldBack
        self.started = True
