"""Pipelines of a sensible size."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

__all__ = ["CALLS_AT_ONCE", "IDS_A_CALL", "PAGES_AT_ONCE", "parts"]

CALLS_AT_ONCE: Final = 500
PAGES_AT_ONCE: Final = 20
"""A page has 200 messages: so many together take the server a few milliseconds each."""

IDS_A_CALL: Final = 250
"""The most that a script looks at."""

T = TypeVar("T")


def parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items, taken as they come."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part
