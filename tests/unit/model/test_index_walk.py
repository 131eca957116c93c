"""Walking an index that changes under the walk: everything that stays is seen, and once."""

from collections.abc import Callable

import pytest

from bulkwire.store.listing import IndexWalk, Place

PLACES = [Place(at, f"m{n}") for n, at in enumerate([1, 2, 2, 2, 2, 2, 3, 5, 5])]


def walked(
    index: list[Place], *, reverse: bool, meanwhile: Callable[[list[Place]], None]
) -> list[Place]:
    """What a walk over `index` sees; `meanwhile` gets each page after it was read."""
    ends = (5, 1) if reverse else (1, 5)
    way: IndexWalk | None = IndexWalk("dead", *ends, page=2, reverse=reverse)
    seen: list[Place] = []
    while way:
        low, high = sorted((int(way.first), int(way.last)))
        within = sorted((one for one in index if low <= one.at_ms <= high), reverse=reverse)
        places = within[: way.count or way.page]
        fresh = way.fresh(places)
        seen += fresh
        way = way.after(places)
        meanwhile(fresh)
    return seen


@pytest.mark.parametrize("reverse", [False, True])
def test_every_place_is_seen_once_also_where_many_share_a_millisecond(reverse: bool) -> None:
    seen = walked(list(PLACES), reverse=reverse, meanwhile=lambda _: None)
    assert seen == sorted(PLACES, reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
def test_what_leaves_the_index_meanwhile_hides_nothing(reverse: bool) -> None:
    index = list(PLACES)

    def leave(page: list[Place]) -> None:
        for place in page:
            index.remove(place)

    assert walked(index, reverse=reverse, meanwhile=leave) == sorted(PLACES, reverse=reverse)
    assert index == []
