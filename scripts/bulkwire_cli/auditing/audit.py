"""The audit of one account: what is only true for a moment is looked at twice."""

from collections.abc import Mapping
from dataclasses import dataclass

from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.books import TOTAL, Books, Differences, Recount, differences
from bulkwire_cli.auditing.suspects import confirmed, unlisted
from bulkwire_cli.auditing.walk import Fault, Progress, read_books, walk

__all__ = ["AccountAudit", "audit_account"]


@dataclass(frozen=True, slots=True)
class AccountAudit:
    """What the audit of one account found."""

    account: str
    books: Books
    found: Recount
    faults: tuple[Fault, ...]
    """Ids that break the promise."""
    differences: Mapping[tuple[str, str], int]
    """(campaign or "", state) → what the count has too much."""
    moving: frozenset[str]
    """States that could not be compared, because messages move through them right now."""

    @property
    def ok(self) -> bool:
        """Every message is in exactly one state, and the counts say so."""
        return not (self.faults or self.differences)


def audit_account(
    store: Store, keys: Keys, progress: Progress = lambda _done, _all: None
) -> AccountAudit:
    """Audits one account, running or not. Raises StoreError."""
    books, found, suspects, apart = _look(store, keys, progress)
    sure = apart.sure
    if sure:
        books, found, more, again = _look(store, keys, progress)
        suspects = tuple({(one.id, one.what): one for one in (*suspects, *more)}.values())
        sure = {name: n for name, n in sure.items() if again.sure.get(name) == n}
        apart = again
    faults = confirmed(store, keys, suspects) if suspects else []
    if any(name == TOTAL and n > 0 for (_, name), n in sure.items()):
        faults += unlisted(store, keys)
    return AccountAudit(keys.account, books, found, tuple(faults), sure, apart.moving)


def _look(
    store: Store, keys: Keys, progress: Progress
) -> tuple[Books, Recount, tuple[Fault, ...], Differences]:
    before = read_books(store, keys)
    walked = walk(store, keys, progress)
    after = read_books(store, keys)
    return after, walked.found, walked.suspects, differences(before, walked.found, after)
