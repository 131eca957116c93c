"""The audit of one account: what is only true for a moment is looked at twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.corrections import Correction, Look, corrections
from bulkwire_cli.auditing.counts import TOTAL, Differences, KeptCounts, Recount, differences
from bulkwire_cli.auditing.faults import Fault, Progress
from bulkwire_cli.auditing.structures import broken_structures
from bulkwire_cli.auditing.suspects import confirmed, unlisted
from bulkwire_cli.auditing.unreadable import unreadable
from bulkwire_cli.auditing.walk import Walk, read_kept_counts, walk

__all__ = ["AccountAudit", "audit_account"]


@dataclass(frozen=True, slots=True)
class AccountAudit:
    """What the audit of one account found."""

    account: str
    kept: KeptCounts
    found: Recount
    faults: tuple[Fault, ...]
    """What breaks the promise, by id."""
    differences: Mapping[tuple[str, str], int]
    """(campaign or "", state) → what the count has too much."""
    moving: frozenset[str]
    """States that could not be compared, because messages move through them right now."""
    corrections: tuple[Correction, ...] = field(default=())
    """Counts that are wrong and were at rest, so that it is known what they should be."""

    @property
    def ok(self) -> bool:
        """Every message is in exactly one state, and the counts say so."""
        return not (self.faults or self.differences)


def audit_account(
    store: Store, keys: Keys, progress: Progress = lambda _done, _all: None
) -> AccountAudit:
    """Audits one account, running or not. Raises StoreError."""
    look, walked, apart = _look(store, keys, progress)
    suspects, sure = walked.suspects, apart.sure
    right: tuple[Correction, ...] = ()
    if sure:
        first = look
        look, walked, again = _look(store, keys, progress)
        suspects = tuple(
            {(one.id, one.what): one for one in (*suspects, *walked.suspects)}.values()
        )
        sure = {name: n for name, n in sure.items() if again.sure.get(name) == n}
        right = corrections(first, look, sure)
        apart = again
    faults = [*unreadable(store, keys, look.after, walked)]
    faults += confirmed(store, keys, suspects) if suspects else []
    # A total that cannot be read doesn't say that none is missing.
    if any(name == TOTAL and n > 0 for (_, name), n in sure.items()) or any(
        name == TOTAL for _, name in look.after.unreadable
    ):
        faults += unlisted(store, keys, walked.extents)
    faults += broken_structures(store, keys, look.found.account)
    return AccountAudit(
        keys.account, look.after, look.found, tuple(faults), sure, apart.moving, right
    )


def _look(store: Store, keys: Keys, progress: Progress) -> tuple[Look, Walk, Differences]:
    before = read_kept_counts(store, keys)
    walked = walk(store, keys, progress)
    after = read_kept_counts(store, keys)
    look = Look(before, walked.found, after)
    return look, walked, differences(before, walked.found, after)
