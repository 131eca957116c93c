"""Is a series of measurements flat? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression
from typing import Final

__all__ = ["Series", "Trend", "trend"]

TEN_MINUTES_S: Final = 600.0
FEWEST: Final = 10
LEAST_LEFT: Final = 0.001

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


def trend(series: Series, *, given: Sequence[float] | None = None) -> Trend | None:
    """The line of least squares; None for too few measurements to say anything.

    `given` is what the values follow anyway, one for each: what it explains is taken out of them
    (and out of the time), so that its ups and downs are no growth.
    """
    if len(series) < FEWEST:
        return None
    seconds = [at for at, _ in series]
    values = [value for _, value in series]
    mean = fmean(values)
    if given and min(given) < max(given):
        left = _unexplained(given, seconds)
        # What goes up as steadily as time itself explains nothing.
        if max(left) - min(left) > LEAST_LEFT * (seconds[-1] - seconds[0]):
            seconds, values = left, _unexplained(given, values)
    return Trend(mean, linear_regression(seconds, values).slope * TEN_MINUTES_S)


def _unexplained(cause: Sequence[float], effect: Sequence[float]) -> list[float]:
    line = linear_regression(cause, effect)
    return [y - line.intercept - line.slope * x for x, y in zip(cause, effect, strict=True)]
