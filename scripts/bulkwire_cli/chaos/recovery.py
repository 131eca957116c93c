"""How long it took until things went on: from what was seen. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire_cli.chaos.schedule import Step

__all__ = ["MISSED", "Dealt", "Point", "went_on_after"]


@dataclass(frozen=True, slots=True)
class Point:
    """How many messages the provider had taken in, at a time of `time.monotonic()`."""

    at: float
    accepted: int


MISSED: Final = "nothing"
"""The victim of a fault that hit nothing: it shows nothing, either."""


@dataclass(frozen=True, slots=True)
class Dealt:
    """A fault that was dealt; seconds."""

    step: Step
    victim: str
    """What it hit, in words; `MISSED` where it hit nothing."""
    began: float
    ended: float
    """Both `time.monotonic()`; of Redis the end is its first answer."""
    went_on_s: float | None = None
    """From its end until the provider took in more messages; None: it never did."""
    given_back_s: float | None = None
    """From its end until nobody held any more what was held when it began; None: not seen."""


def went_on_after(points: Sequence[Point], moment: float) -> float | None:
    """Seconds from `moment` until more messages had been accepted than at that moment."""
    index = bisect_right(points, moment, key=lambda point: point.at)
    had = points[index - 1].accepted if index else 0
    for point in points[index:]:
        if point.accepted > had:
            return point.at - moment
    return None
