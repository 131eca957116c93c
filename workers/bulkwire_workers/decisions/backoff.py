"""How long to wait: before trying again, and before the next status check. Pure but for `rng`."""

from random import Random
from typing import Final

__all__ = ["full_jitter_s", "next_check_ms"]

FIRST_CHECK_MS: Final = 1_000
LONGEST_CHECK_MS: Final = 4 * 3_600_000
GROWTH: Final = 0.5
"""The next check after half the age: a message of a day has been asked for about 30 times."""
SPREAD: Final = 0.2


def full_jitter_s(attempt: int, *, base_s: float, cap_s: float, rng: Random) -> float:
    """Seconds before the next try after failed try `attempt` (from 1), uniform from 0 to a ceiling.

    The ceiling is `base_s`, doubled with each failed try, at most `cap_s`.
    """
    doublings = min(max(attempt - 1, 0), 63)  # past that, 2 ** n only costs
    return rng.uniform(0.0, min(cap_s, base_s * 2**doublings))


def next_check_ms(age_ms: int, rng: Random) -> int:
    """Milliseconds from now to the next status check of a message accepted `age_ms` ago;
    below 0: it waits at the provider for so long.

    From about a second up to about four hours, in proportion to the age, 20 % up or down.
    """
    interval = min(max(abs(age_ms) * GROWTH, FIRST_CHECK_MS), LONGEST_CHECK_MS)
    return round(interval * rng.uniform(1 - SPREAD, 1 + SPREAD))
