"""Walks the records of one account: every page of every roll, and every ready list."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bulkwire.intake import chunks
from bulkwire.states import Channel, Priority
from bulkwire.store.auditing import PageChecked, ReadyList, check_page, read_ready_part
from bulkwire.store.key_checks import Counted, read_counted
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_campaigns
from bulkwire.store.runner import Store
from bulkwire.store.upkeep import Extent, read_extent, read_rolls
from bulkwire_cli.auditing.counts import KeptCounts, Recount, recount
from bulkwire_cli.auditing.faults import Fault, Progress, Subject, of_message
from bulkwire_cli.auditing.pipelines import CALLS_AT_ONCE, PAGES_AT_ONCE
from bulkwire_cli.auditing.reading import read_all_or, read_or

__all__ = ["Walk", "denied", "page_faults", "read_kept_counts", "ready_lists", "walk"]

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
    unread: tuple[tuple[str, int], ...] = ()
    """Roll and number of the pages that are of another type."""


def read_kept_counts(store: Store, keys: Keys) -> KeptCounts:
    """The counts of the account and its campaigns."""
    names = read_or(store, read_campaigns(keys), [])
    calls = (read_counted(keys, owner) for owner in ("", *names))
    account, *campaigns = (
        counted
        for chunk in chunks(calls, CALLS_AT_ONCE)
        for counted in read_all_or(store, chunk, Counted({}))
    )
    named = dict(zip(names, campaigns, strict=True))
    unreadable = (
        (owner, name)
        for owner, counted in {"": account, **named}.items()
        for name in counted.unreadable
    )
    return KeptCounts(
        account.numbers,
        {name: counted.numbers for name, counted in named.items()},
        tuple(unreadable),
    )


def walk(store: Store, keys: Keys, progress: Progress) -> Walk:
    """Checks every page, then that what is queued stands in its own ready list and in no other."""
    suspects: list[Fault] = []
    own_list: dict[str, str] = {}
    unread: list[tuple[str, int]] = []
    extents = _extents(store, keys)

    def pages() -> Iterator[tuple[str, PageChecked]]:
        for roll, extent in extents.items():
            yield roll, PageChecked(extent.gone, extent.gone, {}, (), {})
        for roll, number, page in _checked(store, keys, extents, progress):
            if page is None:
                unread.append((roll, number))
                continue
            suspects.extend(page_faults(f"{roll}/{number}", page))
            for name, ids in page.queued.items():
                own_list.update(dict.fromkeys(ids, name))
            yield roll, page

    found = recount(pages())
    suspects += _misplaced(store, keys, own_list)
    return Walk(found, tuple(suspects), extents, tuple(unread))


def _misplaced(store: Store, keys: Keys, own_list: Mapping[str, str]) -> Iterator[Fault]:
    """Ids that stand in another ready list than their own, then those that stand in none of it."""
    missing = set(own_list)
    for ready in ready_lists(read_or(store, read_campaigns(keys), [])):
        name = ready.name
        for ids in _ready_ids(store, keys, ready):
            strays = [id_ for id_ in ids if own_list.get(id_, name) != name]
            missing.difference_update(set(ids).difference(strays) if strays else ids)
            index = f"ready:{name}"
            yield from (Fault(id_, denied(index), Subject.ENTRY, index) for id_ in strays)
    yield from (Fault(id_, NO_PLACE) for id_ in sorted(missing))


def denied(index: str) -> str:
    """What is wrong with an entry of an index that doesn't belong there."""
    return f"listed in {index}, but its record denies it"


def page_faults(place: str, page: PageChecked) -> Iterator[Fault]:
    """What one page of a roll complains about."""
    lost = frozenset(page.lost)
    for message_id, what in page.wrong:
        if message_id in lost:
            yield Fault(message_id, what, Subject.LOST, place)
        else:
            yield of_message(message_id, what)
    if page.overstated:
        yield Fault(place, OVERSTATED, Subject.PAGE)


def _extents(store: Store, keys: Keys) -> dict[str, Extent]:
    rolls = read_or(store, read_rolls(keys), [])
    calls = (read_extent(keys, roll) for roll in rolls)
    nothing = Extent(range(0), 0)
    extents = [
        one for chunk in chunks(calls, CALLS_AT_ONCE) for one in read_all_or(store, chunk, nothing)
    ]
    return dict(zip(rolls, extents, strict=True))


def _checked(
    store: Store, keys: Keys, extents: Mapping[str, Extent], progress: Progress
) -> Iterator[tuple[str, int, PageChecked | None]]:
    places = ((roll, n) for roll, extent in extents.items() for n in extent.pages)
    done, total = 0, sum(len(extent.pages) for extent in extents.values())
    progress(done, total)
    for chunk in chunks(places, PAGES_AT_ONCE):
        checked = read_all_or(store, [check_page(keys, roll, n) for roll, n in chunk], None)
        for (roll, n), page in zip(chunk, checked, strict=True):
            yield roll, n, page
        done += len(chunk)
        progress(done, total)


def ready_lists(campaigns: Iterable[str]) -> Iterator[ReadyList]:
    """Every ready list there can be, of these campaigns and of messages without one."""
    for campaign in ("", *campaigns):
        for priority in Priority:
            for channel in Channel:
                yield ReadyList(priority, channel, campaign)


def _ready_ids(store: Store, keys: Keys, ready: ReadyList) -> Iterator[list[str]]:
    skip = 0
    while ids := read_or(store, read_ready_part(keys, ready, skip=skip, count=IDS_AT_ONCE), []):
        yield ids
        skip += len(ids)
