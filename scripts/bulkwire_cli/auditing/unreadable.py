"""Looks for what can be read by nobody: keys of another type, counts that are no number, holds."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bulkwire.intake import chunks
from bulkwire.states import Channel, Priority
from bulkwire.store.key_checks import TYPES, read_type, read_unreadable_holds
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.counts import KeptCounts
from bulkwire_cli.auditing.faults import Fault, Subject
from bulkwire_cli.auditing.pipelines import CALLS_AT_ONCE
from bulkwire_cli.auditing.reading import read_or
from bulkwire_cli.auditing.walk import Walk, ready_lists

__all__ = ["unreadable", "wrong_keys"]

PER_WHAT: Final[Mapping[str, Iterable[str]]] = {"due": Priority, "turns": Priority, "rate": Channel}
FAMILIES: Final = frozenset(
    {*PER_WHAT, "batch", "campaign", "message", "ready", "roll", "roll_pages"}
)


def unreadable(store: Store, keys: Keys, kept: KeptCounts, walked: Walk) -> Iterator[Fault]:
    """What of an account can be read by nobody, besides records and batches."""
    yield from wrong_keys(store, keys, _names(kept.campaigns, walked))
    for campaign, name in kept.unreadable:
        id_ = f"{campaign}/{name}" if campaign else name
        yield Fault(id_, "is no whole number", Subject.COUNT, campaign)
    for field in read_or(store, read_unreadable_holds(keys), ()):
        what = f"cannot be read, so nothing is sent: HDEL {keys.single('holds')} {field}"
        yield Fault(field, what, Subject.HOLD)


def wrong_keys(store: Store, keys: Keys, names: Iterable[str]) -> Iterator[Fault]:
    """Those of the keys, named as they end, that are of another type than they should be."""
    for chunk in chunks(names, CALLS_AT_ONCE):
        found = store.run_many([read_type(keys, name) for name in chunk])
        for name, kind in zip(chunk, found, strict=True):
            if kind:
                wanted = TYPES[name.partition(":")[0]]
                yield Fault(name, f"is a {kind}, not a {wanted}", Subject.KEY)


def _names(campaigns: Iterable[str], walked: Walk) -> Iterator[str]:
    yield from sorted(TYPES.keys() - FAMILIES)
    for family, members in PER_WHAT.items():
        yield from (f"{family}:{member}" for member in members)
    yield from (f"campaign:{name}" for name in campaigns)
    yield from (f"ready:{ready.name}" for ready in ready_lists(campaigns))
    yield from (f"roll_pages:{roll}" for roll in walked.extents)
    yield from (f"roll:{roll}:{page}" for roll, page in walked.unread)
