"""The `Retry-After` header: seconds, or an HTTP date."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["MAX_RETRY_AFTER_S", "retry_after_s"]

MAX_RETRY_AFTER_S: Final = 3600.0
"""Nobody may silence an account for longer than an hour with one header."""


def retry_after_s(value: str | None, *, now: datetime) -> float | None:
    """The pause asked for, in seconds from `now` (aware), at most an hour.

    None for what is missing, malformed or negative; 0.0 for a date that has passed.
    """
    if value is None:
        return None
    text = value.strip()
    seconds = _seconds(text) if text[:1].isdigit() else _seconds_until(text, now)
    return None if seconds is None else min(seconds, MAX_RETRY_AFTER_S)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return max(0.0, (aware - now).total_seconds())
    except OverflowError:
        return None
