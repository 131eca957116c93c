"""Draw one of several values by chance: rates that leave a rest, and weights that do not."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

__all__ = ["Draw", "by_rates", "by_weights", "stream", "uniform"]

Value = TypeVar("Value")


class Draw(Generic[Value]):
    """Values with the shares of them, ready to be drawn from."""

    __slots__ = ("_limits", "_only", "_total", "_values", "possible")

    def __init__(self, shares: Mapping[Value, float], total: float) -> None:
        self._values = [value for value, share in shares.items() if share > 0]
        self._limits = list(accumulate(share for share in shares.values() if share > 0))
        self._total = total
        self.possible = bool(self._values)
        # The hot path draws nothing where there is only one outcome.
        self._only = self._values[0] if self._limits and self._limits[0] >= total else None

    def pick(self, random: Random) -> Value | None:
        """One of the values, or None for the rest that the shares leave."""
        if self._only is not None:
            return self._only
        at = bisect_right(self._limits, random.random() * self._total)
        return self._values[at] if at < len(self._values) else None


def by_rates(rates: Mapping[Value, float]) -> Draw[Value]:
    """Each value in its share of all draws; None in the rest."""
    return Draw(rates, 1.0)


def by_weights(weights: Mapping[Value, float]) -> Draw[Value]:
    """Always one of the values, in proportion."""
    return Draw(weights, sum(weights.values()))


def stream(seed: int, purpose: str) -> Random:
    """Random numbers that repeat. One stream per purpose: one draw more does not shift the rest."""
    return Random(f"{seed}:{purpose}")  # noqa: S311 -- chance that must repeat, nothing secret


def uniform(random: Random, limits: tuple[float, float]) -> float:
    """A number between the two; draws nothing where they are the same."""
    low, high = limits
    return low if low == high else low + (high - low) * random.random()
