"""Claims work of every account and keeps requests on the wire."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from bulkwire.states import Priority
from bulkwire.store.runner import AsyncStore
from bulkwire.store.sending import Batch, ClaimTerms, claim, lower_wake_flag
from bulkwire_workers.accounts import for_each_account
from bulkwire_workers.liveness.pulse import Pulse, Step
from bulkwire_workers.provider_lines import Line
from bulkwire_workers.sending.sender import Sender
from bulkwire_workers.sending.slots import RequestSlots
from bulkwire_workers.stopping import Stopping

__all__ = ["Dispatcher", "Served"]

LOW_FIRST_EVERY: Final = 16
"""Every so many claims start at `low`, so that `normal` cannot starve it."""
LOOK_AGAIN_S: Final = 0.02
"""While requests are running, new `high` messages are looked for this often."""
WAIT_AT_MOST_S: Final = 0.05
"""What comes meanwhile may be `high`, which doesn't wait for what the others wait for."""


class Served(Enum):
    """Why a session ended."""

    EMPTY = "empty"  # nothing is ready
    TIME_OVER = "time_over"  # more may be ready: somebody has to go on
    STOPPING = "stopping"


@dataclass(slots=True)
class _Look:
    """What one round over the accounts found."""

    claimed: bool = False
    again_in_s: float | None = None

    def wait(self, ms: int) -> None:
        seconds = ms / 1000
        self.again_in_s = seconds if self.again_in_s is None else min(self.again_in_s, seconds)


class Dispatcher:
    """One per process, on its event loop. Requests outlive the session that started them."""

    def __init__(
        self,
        store: AsyncStore,
        lines: Mapping[str, Line],
        sender: Sender,
        *,
        terms: ClaimTerms,
        requests: int,
        stopping: Stopping,
        pulse: Pulse,
    ) -> None:
        self._store = store
        self._lines = list(lines.values())
        self._sender = sender
        self._terms = terms
        self._slots = RequestSlots(requests)
        self._stopping = stopping
        self._pulse = pulse
        self._claims = 0
        self._draining = False

    async def serve(self, seconds: float) -> Served:
        """Claims and sends for about so long, or until nothing is ready."""
        until = time.monotonic() + seconds
        flag_lowered = False
        while not (self._draining or self._stopping.is_set()):
            if time.monotonic() >= until:
                return Served.TIME_OVER
            if not flag_lowered:
                # Before the claim, not after it: what is enqueued from now on wakes somebody.
                await self._store.run(lower_wake_flag())
            look = await self._claim_round()
            if look.claimed:
                flag_lowered = False
            elif look.again_in_s is None and flag_lowered:
                return Served.EMPTY
            elif look.again_in_s is None:
                flag_lowered = True
            else:
                await self._slots.changed(min(look.again_in_s, WAIT_AT_MOST_S))
        return Served.STOPPING

    async def drain(self, seconds: float) -> int:
        """Waits for running requests to end; answers how many still run afterwards.

        Claims nothing any more, also where this process alone ends and its worker goes on: a
        session may still be running on the loop.
        """
        self._draining = True
        return await self._slots.drain(seconds)

    async def _claim_round(self) -> _Look:
        look = _Look()
        if not self._slots.free_for_high:
            look.wait(round(WAIT_AT_MOST_S * 1000))
            return look

        async def claim_for(line: Line) -> None:
            if not self._slots.free_for_high:
                return
            order = self._order()
            # Large messages make small batches where much is on its way already.
            for_high = len(order) == 1
            room = self._slots.bytes_for_high if for_high else self._slots.bytes_for_all
            terms = replace(self._terms, most_bytes=min(self._terms.most_bytes, room))
            found = await self._store.run(
                claim(line.keys, secrets.token_hex(16), terms=terms, order=order)
            )
            if isinstance(found, Batch):
                self._slots.start(self._sender.send(line, found), size=found.size)
                look.claimed = True
            elif found.again_in_ms is not None:
                look.wait(found.again_in_ms)
            elif for_high:
                look.wait(round(LOOK_AGAIN_S * 1000))

        # Each round starts with another account.
        self._lines.append(self._lines.pop(0))
        await for_each_account(self._lines, claim_for)
        self._pulse.made(Step.CLAIM)
        return look

    def _order(self) -> Sequence[Priority]:
        if not self._slots.free_for_all:
            return (Priority.HIGH,)
        self._claims += 1
        if self._claims % LOW_FIRST_EVERY == 0:
            return (Priority.HIGH, Priority.LOW, Priority.NORMAL)
        return (Priority.HIGH, Priority.NORMAL, Priority.LOW)
