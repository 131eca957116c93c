"""What reading a recipient list yields: rows, rejects, or an error about the whole file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bulkwire.errors import BulkwireError

__all__ = ["ImportFileError", "Reject", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient."""

    line: int
    """Where the row starts, counted from 1, the header's line included."""
    cells: Mapping[str, str]
    """Column as the header writes it → text, stripped. Every column is there."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken in, and why. Quotes no cell."""

    line: int
    column: str | None
    """The column at fault as the header writes it; None where it is the whole row."""
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.reason}"


class ImportFileError(BulkwireError):
    """Nothing of the file can be imported."""

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        super().__init__(path, problem, remedy)

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}: {self.remedy}"
