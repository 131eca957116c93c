"""Is a series of measurements flat? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression
from typing import Final

__all__ = ["Series", "Trend", "trend"]

TEN_MINUTES_S: Final = 600.0
FEWEST: Final = 10

Series = Sequence[tuple[float, float]]
"""(seconds, value), in order."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through a series."""

    mean: float
    in_ten_minutes: float
    """How much the line rises in ten minutes, in the unit of the values."""

    @property
    def share_in_ten_minutes(self) -> float:
        """The same as a share of the mean."""
        return self.in_ten_minutes / self.mean if self.mean else 0.0


def trend(series: Series) -> Trend | None:
    """The line of least squares; None for too few measurements to say anything."""
    if len(series) < FEWEST:
        return None
    seconds, values = zip(*series, strict=True)
    slope = linear_regression(seconds, values).slope
    return Trend(fmean(values), slope * TEN_MINUTES_S)
