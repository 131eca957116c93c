"""Which messages had departed and were unsettled at a fault: those may be in doubt."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bulkwire.errors import StoreError
from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import Keys
from bulkwire.store.runner import AsyncStore

__all__ = ["Exposure", "Leased", "read_leased"]

EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Leased:
    """A batch that a worker holds."""

    batch: str
    exposed: frozenset[str]
    """Ids of what may have left, while nobody has written down what became of it."""


def read_leases(keys: Keys) -> Call[list[str]]:
    """The batches that are leased now, lapsed ones included."""
    return command(
        "ZRANGE", keys.single("leases"), 0, -1, read=lambda answer: [text(one) for one in answer]
    )


def read_leased(keys: Keys, batch: str) -> Call[Leased]:
    """One batch."""

    def read(answer: Reply) -> Leased:
        ids, departed, leaving = map(text, answer)
        exposed = (leaving or ids).split(",") if departed else ()
        return Leased(batch, frozenset(exposed))

    return command("HMGET", keys.family("batch", batch), "ids", "departed", "leaving", read=read)


class Exposure:
    """Looks at the leases, at single moments and all through a fault, and remembers."""

    def __init__(self, store: AsyncStore, keys: Keys) -> None:
        self._store = store
        self._keys = keys
        self.ids: set[str] = set()
        """Every message that was exposed at some moment that was looked at."""

    async def look(self) -> list[Leased]:
        """The batches leased now; what has departed of them is remembered."""
        batches = await self._store.run(read_leases(self._keys))
        if not batches:
            return []
        leased = await self._store.run_many([read_leased(self._keys, one) for one in batches])
        self.add(one for lease in leased for one in lease.exposed)
        return leased

    def add(self, ids: Iterable[str]) -> None:
        """These were exposed, as somebody else saw."""
        self.ids.update(ids)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Looks again and again while the block runs, and once more after it."""
        over = asyncio.Event()
        looking = asyncio.create_task(self._look_until(over))
        try:
            yield
        finally:
            # Told, and not cancelled: redis-py can swallow that.
            over.set()
            await looking

    async def _look_until(self, over: asyncio.Event) -> None:
        while True:
            last = over.is_set()
            await self._try_to_look()
            if last:
                return
            await asyncio.sleep(EVERY_S)

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except StoreError:
            return  # Redis itself is what is hurt: whoever does it looks before and after
