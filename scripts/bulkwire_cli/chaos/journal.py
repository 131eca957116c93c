"""What was done to whom, line by line: written at once, so that a run that dies can be studied."""

import time
from datetime import UTC, datetime
from pathlib import Path

from bulkwire_cli.output import iso

__all__ = ["Journal"]


class Journal:
    """An open log file. Close it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._began = time.monotonic()

    def write(self, what: str, **details: object) -> None:
        """One line: the time, seconds since the start, what, and name=value for each detail."""
        told = "".join(f" {name}={value}" for name, value in details.items())
        seconds = time.monotonic() - self._began
        self._file.write(f"{iso(datetime.now(UTC))} {seconds:9.3f} {what}{told}\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
