"""Looks again at messages that looked wrong, and for records that no walk comes by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bulkwire.intake import chunks
from bulkwire.store.auditing import check_page, find_in_roll, read_place, scan_records
from bulkwire.store.keys import Keys
from bulkwire.store.repairing import repair_messages
from bulkwire.store.runner import Store
from bulkwire.store.upkeep import Extent
from bulkwire_cli.auditing.faults import Fault, Subject
from bulkwire_cli.auditing.pipelines import CALLS_AT_ONCE, PAGES_AT_ONCE
from bulkwire_cli.auditing.walk import page_faults

__all__ = ["IDS_TO_JUDGE", "confirmed", "unlisted"]

IDS_TO_JUDGE: Final = 10
SCANNED_AT_ONCE: Final = 1_000


def confirmed(store: Store, keys: Keys, suspects: Sequence[Fault]) -> list[Fault]:
    """Those that are still wrong: a message that moved on while we walked is no fault."""
    on_pages = [one for one in suspects if one.subject in {Subject.LOST, Subject.PAGE}]
    places = sorted({one.place or one.id for one in on_pages})
    still = {fault for place in _pages(store, keys, places) for fault in place}
    # What seems lost may have a record that says another page.
    named = [one.id for one in suspects if one.subject is not Subject.PAGE]
    judged = _judged(store, keys, list(dict.fromkeys(named)))
    return [*(one for one in on_pages if one in still), *judged]


def _pages(store: Store, keys: Keys, places: Sequence[str]) -> Iterator[Iterator[Fault]]:
    for chunk in chunks(places, PAGES_AT_ONCE):
        named = [place.rpartition("/") for place in chunk]
        calls = [check_page(keys, roll, int(page)) for roll, _, page in named]
        for place, page in zip(chunk, store.run_many(calls), strict=True):
            yield page_faults(place, page)


def _judged(store: Store, keys: Keys, ids: Sequence[str]) -> Iterator[Fault]:
    for chunk in chunks(ids, IDS_TO_JUDGE):
        wrong = store.run(repair_messages(keys, chunk, only_look=True))
        yield from (Fault(message_id, what) for message_id, what in wrong.items())


def unlisted(store: Store, keys: Keys, extents: Mapping[str, Extent]) -> Iterator[Fault]:
    """Records that no roll names. Looks at every record, so it is asked only where some must be.

    `extents`: the rolls, and what of each was walked.
    """
    cursor = None
    while cursor != 0:
        cursor, ids = store.run(scan_records(keys, cursor or 0, count=SCANNED_AT_ONCE))
        for chunk in chunks(ids, CALLS_AT_ONCE):
            yield from _judged(store, keys, list(_off_the_rolls(store, keys, chunk, extents)))


def _off_the_rolls(
    store: Store, keys: Keys, ids: Sequence[str], extents: Mapping[str, Extent]
) -> Iterator[str]:
    places = store.run_many([read_place(keys, one) for one in ids])
    walked = [
        (one, place)
        for one, place in zip(ids, places, strict=True)
        if place and place[0] in extents and place[1] in extents[place[0]].pages
    ]
    finds = [find_in_roll(keys, *place, one) for one, place in walked]
    found = dict(zip((one for one, _ in walked), store.run_many(finds), strict=True))
    yield from (one for one in ids if not found.get(one))
