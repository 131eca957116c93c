"""Walks the rolls, page by page, and archives what has been final for long enough."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from bulkwire.store.keys import Keys
from bulkwire.store.runner import AsyncStore
from bulkwire.store.upkeep import archive_page, read_extent, read_rolls

__all__ = ["ArchiveTerms", "Archiver"]

PAGES_A_ROUND: Final = 20
BETWEEN_WALKS_S: Final = 60.0
SHARE_OF_RETENTION: Final = 0.1
"""Where records are kept for minutes only, walks follow faster: they are never much older."""


@dataclass(frozen=True, slots=True)
class ArchiveTerms:
    """How long records of final messages are kept; milliseconds."""

    retention_ms: int
    dead_retention_ms: int


class Archiver:
    """One walk over all pages, a few at a time, then a rest."""

    def __init__(self, store: AsyncStore, accounts: Iterable[Keys], terms: ArchiveTerms) -> None:
        self._store = store
        self._accounts = list(accounts)
        self._terms = terms
        self._walk: Iterator[tuple[Keys, str, int]] = iter(())
        self._log = structlog.get_logger("bulkwire.archive")

    async def do(self) -> float:
        """Archives some pages. Seconds until the next ones."""
        archived = 0
        for _ in range(PAGES_A_ROUND):
            page = next(self._walk, None)
            if page is None:
                self._walk = iter(await self._pages())
                shortest_s = min(self._terms.retention_ms, self._terms.dead_retention_ms) / 1000
                return min(BETWEEN_WALKS_S, shortest_s * SHARE_OF_RETENTION)
            keys, roll, number = page
            call = archive_page(
                keys,
                roll,
                number,
                retention_ms=self._terms.retention_ms,
                dead_retention_ms=self._terms.dead_retention_ms,
            )
            archived += (await self._store.run(call)).archived
        if archived:
            self._log.info("archived", messages=archived)
        return 0.2

    async def _pages(self) -> list[tuple[Keys, str, int]]:
        return [
            (keys, roll, number)
            for keys in self._accounts
            for roll in await self._store.run(read_rolls(keys))
            for number in (await self._store.run(read_extent(keys, roll))).pages
        ]
