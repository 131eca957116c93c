"""Looks again at messages that looked wrong, and for records that no walk comes by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bulkwire.intake import chunks
from bulkwire.store.auditing import check_page, find_in_roll, read_place, scan_records
from bulkwire.store.keys import Keys
from bulkwire.store.repairing import repair_index, repair_messages
from bulkwire.store.runner import Store
from bulkwire.store.upkeep import Extent
from bulkwire_cli.auditing.faults import Fault, Subject, of_message
from bulkwire_cli.auditing.pipelines import CALLS_AT_ONCE, PAGES_AT_ONCE
from bulkwire_cli.auditing.reading import read_all_or, read_or
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
    named = [one.id for one in suspects if one.subject not in {Subject.PAGE, Subject.ENTRY}]
    judged = _judged(store, keys, list(dict.fromkeys(named)))
    strays = _strays(store, keys, [one for one in suspects if one.subject is Subject.ENTRY])
    return [*(one for one in on_pages if one in still), *judged, *strays]


def _pages(store: Store, keys: Keys, places: Sequence[str]) -> Iterator[Iterator[Fault]]:
    for chunk in chunks(places, PAGES_AT_ONCE):
        named = [place.rpartition("/") for place in chunk]
        calls = [check_page(keys, roll, int(page)) for roll, _, page in named]
        for place, page in zip(chunk, read_all_or(store, calls, None), strict=True):
            if page:
                yield page_faults(place, page)


def _strays(store: Store, keys: Keys, entries: Sequence[Fault]) -> Iterator[Fault]:
    for index in sorted({one.place for one in entries}):
        mine = {one.id: one for one in entries if one.place == index}
        for chunk in chunks(mine, IDS_TO_JUDGE):
            call = repair_index(keys, index, chunk, only_look=True)
            yield from (mine[message_id] for message_id in read_or(store, call, []))


def _judged(store: Store, keys: Keys, ids: Sequence[str]) -> Iterator[Fault]:
    for chunk in chunks(ids, IDS_TO_JUDGE):
        wrong = read_or(store, repair_messages(keys, chunk, only_look=True), {})
        yield from (of_message(message_id, what) for message_id, what in wrong.items())


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
    places = read_all_or(store, [read_place(keys, one) for one in ids], None)
    walked = [
        (one, place)
        for one, place in zip(ids, places, strict=True)
        if place and place[0] in extents and place[1] in extents[place[0]].pages
    ]
    finds = [find_in_roll(keys, *place, one) for one, place in walked]
    answers = read_all_or(store, finds, None)
    found = dict(zip((one for one, _ in walked), answers, strict=True))
    yield from (one for one in ids if not found.get(one))
