"""Breaks messages as they are on the wire: one small change to their JSON."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

__all__ = ["Path", "at", "changes", "mutants", "places", "replaced"]

Json = Any
Path = tuple[str | int, ...]
_OTHER_VALUES: list[Json] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    "",
    "0",
    "x",
    "*x*",
    "😀",
    "181",
    "-90.5",
    "1e1",
    "2030-02-30",
    "2030-01-31T10:00:00",
    "2030-01-31T25:00:00Z",
    "2030-01-31T10:00:00Z",
    "sms",
    "whatsapp",
    "text",
    "media",
    "otp",
    "audio/ogg",
    [],
    ["x"],
    {},
    {"x": "y"},
    {"1": "y"},
    {"1": "a", "2": "b"},
    {"1": "a", "2": "b", "3": "c", "4": "d"},
    {"body": "where?"},
    {"fileId": "f"},
    {"latitude": "1", "longitude": "1"},
    [{"name": {"a": "b"}}],
]
_PLACES = [
    "binary",
    "caption",
    "content",
    "encryptionCipher",
    "footer",
    "from",
    "language",
    "location",
    "locationRequest",
    "media",
    "previewFirstUrl",
    "scheduledDeliveryTime",
    "text",
    "type",
    "userDataHeader",
    "validityPeriod",
    "colour",
]


def mutants(payload: Json) -> st.SearchStrategy[Json]:
    """Copies of `payload` with one change somewhere; a few are still valid."""
    ways = [(place, change) for place in places(payload) for change in changes(at(payload, place))]
    return st.sampled_from(ways).flatmap(
        lambda chosen: chosen[1].map(lambda new: replaced(payload, chosen[0], new))
    )


def places(value: Json, path: Path = ()) -> Iterator[Path]:
    """Where values stand, the whole and those that hold others among them."""
    yield path
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            yield from places(one, (*path, key))


def changes(value: Json) -> Iterator[st.SearchStrategy[Json]]:
    """Strategies for what may stand in the place of `value`."""
    yield st.sampled_from(_OTHER_VALUES)
    if isinstance(value, str):
        yield st.sampled_from([61, 16, 201, 257, 1025, 4097]).map(lambda n: value + "x" * n)
        yield st.sampled_from([" ", "*b*", "😀", "x" * 21]).map(lambda more: value + more)
    if isinstance(value, dict):
        if value:
            yield st.sampled_from(sorted(value)).map(_without(value))
        added = st.tuples(st.sampled_from(_PLACES), st.sampled_from(_OTHER_VALUES))
        yield added.map(lambda pair: {**value, pair[0]: pair[1]})
    if isinstance(value, list) and value:
        yield st.integers(1, 10).map(lambda times: [*value, *[value[0]] * times])
        yield st.just([*value[1:], value[0]])
        yield st.just(value[1:])


def _without(value: dict[str, Json]) -> Callable[[str], Json]:
    return lambda left_out: {name: one for name, one in value.items() if name != left_out}


def at(payload: Json, path: Path) -> Json:
    """The value that stands there. Raises LookupError, TypeError."""
    for part in path:
        payload = payload[part]
    return payload


def replaced(payload: Json, path: Path, new: Json) -> Json:
    """A copy of `payload` with `new` there."""
    if not path:
        return new
    changed = copy.deepcopy(payload)
    at(changed, path[:-1])[path[-1]] = new
    return changed
