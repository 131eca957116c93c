"""Walks an index from end to end, in constant memory, while others change it."""

from collections.abc import Iterator, Sequence

from bulkwire.store.keys import Keys
from bulkwire.store.listing import IndexWalk, Listed, read_listed, read_time_ms
from bulkwire.store.runner import Store
from bulkwire_cli.bulk_actions.selection import Selection
from bulkwire_cli.options import PAGE

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
    """
    low: int | str = "-inf" if within.since_ms is None else within.since_ms
    high: int | str = "+inf" if within.until_ms is None else within.until_ms
    if not latest_first:
        now_ms = store.run(read_time_ms())
        high = now_ms if within.until_ms is None else min(now_ms, within.until_ms)
    first, last = (high, low) if latest_first else (low, high)
    way: IndexWalk | None = IndexWalk(index, first, last, PAGE, reverse=latest_first)
    while way:
        places = store.run(way.read(keys))
        fresh = way.fresh(places)
        for begin in range(0, len(fresh), PAGE):
            ids = [place.id for place in fresh[begin : begin + PAGE]]
            yield [found for found in read_all_listed(store, keys, ids) if found is not None]
        way = way.after(places)


def read_all_listed(store: Store, keys: Keys, ids: Sequence[str]) -> list[Listed | None]:
    """The records of at most 250 ids, in their order; None where there is none."""
    return store.run_many([read_listed(keys, message_id) for message_id in ids])
