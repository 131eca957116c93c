"""Points in time as operators write them: `2h` ago, or a date."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

__all__ = ["Moment", "parse_moment"]

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO: Final = re.compile(r"(\d{1,6})\s*([smhdw])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, or how long ago it was: whose clock counts, the caller says."""

    at: datetime | None = None
    ago: timedelta | None = None
    written: str = ""

    def ms(self, now_ms: int) -> int:
        """Milliseconds since 1970, where it is `now_ms`."""
        if self.ago is not None:
            return now_ms - int(self.ago.total_seconds() * 1000)
        return int(self.at.timestamp() * 1000) if self.at else now_ms

    def __str__(self) -> str:
        return self.written


def parse_moment(written: str) -> Moment:
    """Reads `90s`, `30m`, `2h`, `7d`, `1w`, or an ISO 8601 time; UTC where it names no zone.

    Raises BadParameter.
    """
    text = written.strip()
    if found := _AGO.fullmatch(text):
        ago = timedelta(**{_UNITS[found[2].lower()]: int(found[1])})
        return Moment(ago=ago, written=text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        remedy = "write 2h, 7d, 2026-01-31 or 2026-01-31T09:00"
        raise typer.BadParameter(f"{text[:40]!r} is not a time: {remedy}") from None
    return Moment(at=at if at.tzinfo else at.replace(tzinfo=UTC), written=text)
