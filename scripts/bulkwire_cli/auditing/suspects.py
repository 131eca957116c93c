"""Looks again at what looked wrong, and for what no walk comes by."""

from collections.abc import Iterator, Sequence
from typing import Final

from bulkwire.states import State
from bulkwire.store.auditing import (
    find_in_ready,
    find_in_roll,
    read_place,
    read_standing,
    scan_records,
)
from bulkwire.store.bookkeeping import check_page
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.parts import CALLS_AT_ONCE, PAGES_AT_ONCE, parts
from bulkwire_cli.auditing.walk import NO_PLACE, Fault

__all__ = ["confirmed", "unlisted"]

NO_ROLL: Final = "has a record, but no roll names it"
SCANNED_AT_ONCE: Final = 1_000


def confirmed(store: Store, keys: Keys, suspects: Sequence[Fault]) -> list[Fault]:
    """Those that are still wrong: a message that moved on while we walked is no fault."""
    paged = [one for one in suspects if one.what != NO_PLACE]
    places = sorted({(one.roll, one.page) for one in paged})
    calls = (check_page(keys, roll, page) for roll, page in places)
    still = {
        wrong
        for part in parts(calls, PAGES_AT_ONCE)
        for page in store.run_many(part)
        for wrong in page.wrong
    }
    unplaced = [one for one in suspects if one.what == NO_PLACE]
    return [
        *(one for one in paged if (one.id, one.what) in still),
        *(one for part in parts(unplaced, CALLS_AT_ONCE) for one in _unplaced(store, keys, part)),
    ]


def _unplaced(store: Store, keys: Keys, suspects: Sequence[Fault]) -> Iterator[Fault]:
    """Those that are queued before and after we look, in the same turn, and are in no list."""
    looks = [read_standing(keys, one.id) for one in suspects]
    queued = {
        one: standing
        for one, standing in zip(suspects, store.run_many(looks), strict=True)
        if standing and standing.state is State.QUEUED
    }
    finds = [find_in_ready(keys, standing.ready, one.id) for one, standing in queued.items()]
    listed = store.run_many(finds) if finds else []
    lost = [one for one, there in zip(queued, listed, strict=True) if not there]
    again = store.run_many([read_standing(keys, one.id) for one in lost]) if lost else []
    for one, standing in zip(lost, again, strict=True):
        if standing == queued[one]:
            yield one


def unlisted(store: Store, keys: Keys) -> Iterator[Fault]:
    """Records that no roll names. Looks at every record, so it is asked only where some must be."""
    cursor = None
    while cursor != 0:
        cursor, ids = store.run(scan_records(keys, cursor or 0, count=SCANNED_AT_ONCE))
        for part in parts(ids, CALLS_AT_ONCE):
            places = store.run_many([read_place(keys, one) for one in part])
            placed = [(one, place) for one, place in zip(part, places, strict=True) if place]
            finds = [find_in_roll(keys, *place, one) for one, place in placed]
            found = dict(zip(placed, store.run_many(finds) if finds else [], strict=True))
            for one, place in zip(part, places, strict=True):
                if place is None or not found[one, place]:
                    yield Fault(one, NO_ROLL, *(place or ("", 0)))
