"""Walks an index from end to end, in constant memory, while others change it."""

from collections.abc import Iterator, Sequence

from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, Place, read_listed, read_places, read_time_ms
from bulkwire.store.runner import Store
from bulkwire_cli.options import PAGE
from bulkwire_cli.selection import Selection

__all__ = ["find", "read_all_listed", "walk"]


def find(store: Store, keys: Keys, index: str, selection: Selection) -> Iterator[Listed]:
    """What fits, the latest first."""
    for page in walk(store, keys, index, selection, latest_first=True):
        yield from filter(selection.fits, page)


def walk(
    store: Store, keys: Keys, index: str, within: Selection, *, latest_first: bool = False
) -> Iterator[list[Listed]]:
    """Pages of the index `dead` or `in_doubt`, at most 250 records each, of the times `within`.

    The oldest first, and nothing that comes in after the walk began; or the latest first.
    What leaves the index meanwhile moves nothing: the walk remembers a place, not a count.
    """
    low: int | str = "-inf" if within.since_ms is None else within.since_ms
    high: int | str = "+inf" if within.until_ms is None else within.until_ms
    if not latest_first:
        now_ms = store.run(read_time_ms())
        high = now_ms if within.until_ms is None else min(now_ms, within.until_ms)
    first, last = (high, low) if latest_first else (low, high)
    seen: Place | None = None
    count = PAGE
    while True:
        call = read_places(keys, index, first=first, last=last, reverse=latest_first, count=count)
        places = store.run(call)
        fresh = [one for one in places if seen is None or _beyond(seen, one, reverse=latest_first)]
        for begin in range(0, len(fresh), PAGE):
            ids = [place.id for place in fresh[begin : begin + PAGE]]
            yield [found for found in read_all_listed(store, keys, ids) if found is not None]
        if len(places) < count:
            return
        if fresh:
            seen, count = fresh[-1], PAGE
            first = seen.at_ms
        else:
            count *= 2  # a whole page of one millisecond: its rest lies further on


def _beyond(seen: Place, place: Place, *, reverse: bool) -> bool:
    return place < seen if reverse else place > seen


def read_all_listed(store: Store, keys: Keys, ids: Sequence[str]) -> list[Listed | None]:
    """The records of at most 250 ids, in their order; None where there is none."""
    return store.run_many([read_listed(keys, message_id) for message_id in ids])
