"""A listing that shows at most so much: what is shown, and whether more fits."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

__all__ = ["cut", "shown"]

T = TypeVar("T")


def cut(fitting: Iterable[T], limit: int) -> tuple[list[T], bool]:
    """The first `limit` of what fits, and whether there is more. Takes one more than it answers."""
    some = list(islice(fitting, limit + 1))
    return some[:limit], len(some) > limit


def shown(count: int, has: str, *, more: bool) -> str:
    """What stands below a listing; `has` says how much there is, whatever the filters are."""
    left_out = "; more fit, see --limit" if more else ""
    return f"{count:,} shown{left_out}. {has}."
