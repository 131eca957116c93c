"""How full the message store may be before it refuses: early for campaigns, last for codes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire.errors import QueueFull
from bulkwire.message import Message
from bulkwire.states import Priority
from bulkwire.store.call import Call, Reply, command, text

__all__ = ["SHARE", "MemoryGauge", "read_memory_share"]

SHARE: Final = {Priority.LOW: 0.8, Priority.NORMAL: 0.9, Priority.HIGH: 1.0}
"""How full the queue or the server may be, as a share, before a priority is refused."""

FRESH_S: Final = 1.0


def read_memory_share() -> Call[float]:
    """Used memory as a share of `maxmemory`; 0 where the server has no limit."""

    def read(answer: Reply) -> float:
        info = answer if isinstance(answer, dict) else _parsed(text(answer))
        limit = int(info.get("maxmemory", 0))
        return int(info.get("used_memory", 0)) / limit if limit else 0.0

    return command("INFO", "memory", read=read)


def _parsed(info: str) -> dict[str, str]:
    lines = (line.partition(":") for line in info.splitlines() if ":" in line)
    return {name: value for name, _, value in lines}


@dataclass(slots=True)
class MemoryGauge:
    """The last reading, and when it was taken: one a second is enough."""

    share: float = 0.0
    read_at: float = -FRESH_S

    @property
    def stale(self) -> bool:
        """Whether it is time to ask again."""
        return time.monotonic() - self.read_at >= FRESH_S

    def update(self, share: float) -> None:
        """Keeps a new reading."""
        self.share, self.read_at = share, time.monotonic()

    def admit(self, messages: Sequence[Message]) -> tuple[list[Message], QueueFull | None]:
        """Those there is room for, and the refusal of the others."""
        admitted = [one for one in messages if self.share < SHARE[one.priority]]
        if len(admitted) == len(messages):
            return admitted, None
        kept = {one.id for one in admitted}
        reason = f"Redis has used {self.share:.0%} of its memory: make room or wait"
        return admitted, QueueFull(reason, ids=[m.id for m in messages if m.id not in kept])
