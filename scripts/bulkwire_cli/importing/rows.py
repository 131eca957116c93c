"""Streams a CSV recipient list row by row, in constant memory."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bulkwire_cli.importing.header import Header, is_before_header, read_header
from bulkwire_cli.importing.lines import Line, LineSource
from bulkwire_cli.importing.records import ImportFileError, Reject, Row

__all__ = ["RowReader", "open_rows"]

_LONGEST_ROW: Final = 50
"""Lines. A quote that nobody closed must not swallow the rest of the file."""


class RowReader:
    """Iterates over a file's rows and rejects, once."""

    def __init__(self, path: Path, size: int, lines: LineSource, to_column: str | None) -> None:
        self.path = path
        self.size = size
        """Bytes of the file; 0 where it has no size, as a pipe."""
        self.consumed = 0
        """Bytes read for the rows yielded so far: a progress bar shows them against `size`."""
        self._lines = lines
        first = lines.next()
        while first is not None and is_before_header(first):
            first = lines.next()
        self.header: Header = read_header(path, first, to_column)

    def __iter__(self) -> Iterator[Row | Reject]:
        try:
            while (line := self._lines.next()) is not None:
                self.consumed = line.end
                if line.text.strip() or line.fault:
                    record = self._record(line)
                    if record is not None:
                        yield record
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def _record(self, first: Line) -> Row | Reject | None:
        """The row that starts at `first`; None where all its cells are empty."""
        taken = [first]
        cells, problem = self._parse(taken)
        if problem is not None:
            # Only its first line is lost: what follows may be rows of its own.
            self._lines.give_back(taken[1:])
            return Reject(first.number, None, problem)
        self.consumed = taken[-1].end
        for line in taken:
            if line.fault is not None:
                return self._damaged(first, line, cells)
        return self._row(first.number, cells)

    def _parse(self, taken: list[Line]) -> tuple[list[str], str | None]:
        """The cells of the row that starts at `taken[0]`; further lines are added to `taken`."""

        def text() -> Iterator[str]:
            yield taken[0].text
            while len(taken) < _LONGEST_ROW and (line := self._lines.next()) is not None:
                taken.append(line)
                yield line.text

        reader = csv.reader(
            text(), delimiter=self.header.delimiter, strict=True, skipinitialspace=True
        )
        try:
            return next(reader), None
        except StopIteration:
            return [], None
        except csv.Error as error:
            return [], _csv_problem(taken, str(error))

    def _row(self, line: int, cells: list[str]) -> Row | Reject | None:
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            return None
        columns = self.header.columns
        if len(stripped) != len(columns):
            few_or_many = "few" if len(stripped) < len(columns) else "many"
            reason = f"too {few_or_many} cells: {len(stripped)}, the header has {len(columns)}"
            return Reject(line, None, reason)
        return Row(line, dict(zip(columns, stripped, strict=True)))

    def _damaged(self, first: Line, line: Line, cells: list[str]) -> Reject:
        columns = (*self.header.columns, *[None] * len(cells))
        at_fault = (
            column for column, cell in zip(columns, cells, strict=False) if _is_damaged(cell)
        )
        return Reject(first.number, next(at_fault, None), line.fault or "")


@contextmanager
def open_rows(path: Path, *, to_column: str | None = None) -> Iterator[RowReader]:
    """A recipient list, header read. Raises ImportFileError where nothing can come of it."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from None
    with file:
        try:
            reader = RowReader(path, path.stat().st_size, LineSource(file), to_column)
        except OSError as error:
            raise _unreadable(path, error) from None
        yield reader


def _unreadable(path: Path, error: OSError) -> ImportFileError:
    reason = (error.strerror or "unreadable").lower()
    return ImportFileError(path, f"cannot be read, {reason}", "name a CSV file you may read")


def _csv_problem(taken: list[Line], said: str) -> str:
    if any(len(line.text) > csv.field_size_limit() for line in taken):
        return f"a cell is longer than {csv.field_size_limit()} characters"
    if len(taken) > 1 or "unexpected end" in said:
        return "a quotation mark is not closed: close it, or double it within a cell"
    return "is not CSV: double quotation marks within a quoted cell"


def _is_damaged(cell: str) -> bool:
    return "\0" in cell or any("\udc80" <= char <= "\udcff" for char in cell)
