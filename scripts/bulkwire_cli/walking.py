"""Walks an index from end to end, in constant memory, while others change it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bulkwire.states import Category
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, Place, read_listed, read_places
from bulkwire.store.runner import Store
from bulkwire_cli.options import PAGE

__all__ = ["Selection", "read_all_listed", "walk"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages of an index are meant; what is None doesn't matter."""

    reason: str | None = None
    category: Category | None = None
    campaign: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == Selection()

    def fits(self, message: Listed) -> bool:
        """Whether the message is meant."""
        return (
            self.reason in {None, message.reason}
            and self.category in {None, message.category}
            and self.campaign in {None, message.campaign}
        )


def walk(
    store: Store, keys: Keys, index: str, *, until_ms: int | None = None
) -> Iterator[list[Listed]]:
    """Pages of the index `dead` or `in_doubt`, at most 250 records each.

    With `until_ms` the oldest first, and nothing that came in later; without, the latest first.
    What leaves the index meanwhile moves nothing: the walk remembers a place, not a count.
    """
    reverse = until_ms is None
    last: int | str = "-inf" if until_ms is None else until_ms
    seen: Place | None = None
    count = PAGE
    while True:
        first = seen.at_ms if seen else ("+inf" if reverse else "-inf")
        places = store.run(read_places(keys, index, first=first, last=last, count=count))
        fresh = [place for place in places if seen is None or _beyond(seen, place, reverse=reverse)]
        for begin in range(0, len(fresh), PAGE):
            ids = [place.id for place in fresh[begin : begin + PAGE]]
            yield [found for found in read_all_listed(store, keys, ids) if found is not None]
        if len(places) < count:
            return
        if fresh:
            seen, count = fresh[-1], PAGE
        else:
            count *= 2  # a whole page of one millisecond: its rest lies further on


def _beyond(seen: Place, place: Place, *, reverse: bool) -> bool:
    return place < seen if reverse else place > seen


def read_all_listed(store: Store, keys: Keys, ids: Sequence[str]) -> list[Listed | None]:
    """The records of at most 250 ids, in their order; None where there is none."""
    return store.run_many([read_listed(keys, message_id) for message_id in ids])
