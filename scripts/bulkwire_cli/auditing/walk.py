"""Walks the records of one account: every page of every roll, and every ready list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bulkwire.intake import chunks
from bulkwire.states import Channel, Priority
from bulkwire.store.auditing import PageChecked, ReadyList, check_page, read_ready_part
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_campaign_counts, read_campaigns, read_counts
from bulkwire.store.runner import Store
from bulkwire.store.upkeep import Extent, read_extent, read_rolls
from bulkwire_cli.auditing.counts import KeptCounts, Recount, recount
from bulkwire_cli.auditing.faults import Fault, Progress, Subject
from bulkwire_cli.auditing.pipelines import CALLS_AT_ONCE, PAGES_AT_ONCE

__all__ = ["Walk", "page_faults", "read_kept_counts", "walk"]

NO_PLACE: Final = "queued, but stands in no ready list"
OVERSTATED: Final = "says that more of it was archived than is without a record"
IDS_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Walk:
    """What one walk over an account found."""

    found: Recount
    suspects: tuple[Fault, ...]
    extents: Mapping[str, Extent]
    """The rolls, and what of each was walked."""


def read_kept_counts(store: Store, keys: Keys) -> KeptCounts:
    """The counts of the account and its campaigns."""
    names = store.run(read_campaigns(keys))
    account = store.run(read_counts(keys))
    calls = (read_campaign_counts(keys, name) for name in names)
    campaigns = [
        counts for chunk in chunks(calls, CALLS_AT_ONCE) for counts in store.run_many(chunk)
    ]
    return KeptCounts(account, dict(zip(names, campaigns, strict=True)))


def walk(store: Store, keys: Keys, progress: Progress) -> Walk:
    """Checks every page, then that what is queued stands in its ready list."""
    suspects: list[Fault] = []
    queued: set[str] = set()
    extents = _extents(store, keys)

    def pages() -> Iterator[tuple[str, PageChecked]]:
        for roll, extent in extents.items():
            yield roll, PageChecked(extent.gone, extent.gone, {}, (), ())
        for roll, number, page in _checked(store, keys, extents, progress):
            suspects.extend(page_faults(f"{roll}/{number}", page))
            queued.update(page.queued)
            yield roll, page

    found = recount(pages())
    for ready in _ready_lists(store, keys):
        for ids in _ready_ids(store, keys, ready):
            queued.difference_update(ids)
    suspects += [Fault(id_, NO_PLACE) for id_ in sorted(queued)]
    return Walk(found, tuple(suspects), extents)


def page_faults(place: str, page: PageChecked) -> Iterator[Fault]:
    """What one page of a roll complains about."""
    lost = frozenset(page.lost)
    for message_id, what in page.wrong:
        if message_id in lost:
            yield Fault(message_id, what, Subject.LOST, place)
        else:
            yield Fault(message_id, what)
    if page.overstated:
        yield Fault(place, OVERSTATED, Subject.PAGE)


def _extents(store: Store, keys: Keys) -> dict[str, Extent]:
    rolls = store.run(read_rolls(keys))
    calls = (read_extent(keys, roll) for roll in rolls)
    extents = [one for chunk in chunks(calls, CALLS_AT_ONCE) for one in store.run_many(chunk)]
    return dict(zip(rolls, extents, strict=True))


def _checked(
    store: Store, keys: Keys, extents: Mapping[str, Extent], progress: Progress
) -> Iterator[tuple[str, int, PageChecked]]:
    places = ((roll, n) for roll, extent in extents.items() for n in extent.pages)
    done, total = 0, sum(len(extent.pages) for extent in extents.values())
    progress(done, total)
    for chunk in chunks(places, PAGES_AT_ONCE):
        checked = store.run_many([check_page(keys, roll, n) for roll, n in chunk])
        for (roll, n), page in zip(chunk, checked, strict=True):
            yield roll, n, page
        done += len(chunk)
        progress(done, total)


def _ready_lists(store: Store, keys: Keys) -> Iterator[ReadyList]:
    for campaign in ("", *store.run(read_campaigns(keys))):
        for priority in Priority:
            for channel in Channel:
                yield ReadyList(priority, channel, campaign)


def _ready_ids(store: Store, keys: Keys, ready: ReadyList) -> Iterator[list[str]]:
    skip = 0
    while ids := store.run(read_ready_part(keys, ready, skip=skip, count=IDS_AT_ONCE)):
        yield ids
        skip += len(ids)
