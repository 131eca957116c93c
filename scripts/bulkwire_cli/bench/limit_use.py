"""How well a provider's limit is used, from what it counted second by second. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LimitUse", "Sample", "judge"]

SETTLES_FOR_S: Final = 10.0
"""A rate that was right for so long has found the limit."""
LEAST_USED: Final = 0.90
MOST_REFUSED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Sample:
    """What the provider had counted `at` a time in seconds."""

    at: float
    seen: int
    accepted: int


@dataclass(frozen=True, slots=True)
class LimitUse:
    """What was made of a limit once the rate had settled."""

    settled_after_s: float
    """From the first sample on."""
    measured_s: float
    used: float
    """Share of the limit."""
    refused: float
    """Share of the messages that were sent."""

    @property
    def kept(self) -> bool:
        """At least 90 % used, under 1 % refused."""
        return _is_right(self.used, self.refused)


def judge(samples: Sequence[Sample], limit: float) -> LimitUse | None:
    """From the moment on after which the promise was kept for 10 s, to the last sample.

    None where there was no such moment.
    """
    for number, begin in enumerate(samples):
        later = [one for one in samples[number:] if one.at - begin.at >= SETTLES_FOR_S]
        if later and _is_right(*_between(begin, later[0], limit)):
            used, refused = _between(begin, samples[-1], limit)
            return LimitUse(begin.at - samples[0].at, samples[-1].at - begin.at, used, refused)
    return None


def _between(begin: Sample, end: Sample, limit: float) -> tuple[float, float]:
    seen, accepted = end.seen - begin.seen, end.accepted - begin.accepted
    used = accepted / ((end.at - begin.at) * limit)
    return used, (seen - accepted) / seen if seen else 0.0


def _is_right(used: float, refused: float) -> bool:
    return used >= LEAST_USED and refused < MOST_REFUSED
