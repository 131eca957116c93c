"""Numbers out of a file: a CSV list with a header, or one number a line without any."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bulkwire_cli.csv_cells import plain_text
from bulkwire_cli.importing.header import is_before_header, looks_like_a_number
from bulkwire_cli.importing.lines import LineSource
from bulkwire_cli.importing.records import ImportFileError, Reject, Row
from bulkwire_cli.importing.rows import RowReader

__all__ = ["STDIN", "Written", "open_numbers"]

STDIN: Final = Path("-")


@dataclass(frozen=True, slots=True)
class Written:
    """A number as the file has it."""

    line: int
    column: str | None
    """None where the file has no columns."""
    text: str


@contextmanager
def open_numbers(path: Path, *, to_column: str | None) -> Iterator[Iterator[Written | Reject]]:
    """The numbers of a file, or of standard input for `-`, as they are read.

    A file whose first line is a number has one number a line; any other has a header, as the
    recipient lists of campaigns. Raises ImportFileError, also while it is read, where nothing can
    come of the file.
    """
    with _opened(path) as file:
        yield _readable(path, _numbers(path, LineSource(file), to_column))


def _readable(path: Path, numbers: Iterator[Written | Reject]) -> Iterator[Written | Reject]:
    try:
        yield from numbers
    except OSError as error:
        raise _unreadable(path, error) from None


def _numbers(path: Path, lines: LineSource, to_column: str | None) -> Iterator[Written | Reject]:
    first = lines.next()
    while first is not None and is_before_header(first):
        first = lines.next()
    if first is not None:
        lines.give_back([first])
        if to_column is None and first.fault is None and looks_like_a_number(first.text.strip()):
            yield from _plain(lines)
            return
    yield from _of_rows(RowReader(path, 0, lines, to_column))


def _plain(lines: LineSource) -> Iterator[Written | Reject]:
    while (line := lines.next()) is not None:
        if line.fault is not None:
            yield Reject(line.number, None, line.fault)
        elif line.text.strip():
            yield Written(line.number, None, plain_text(line.text.strip()))


def _of_rows(reader: RowReader) -> Iterator[Written | Reject]:
    column = reader.header.to_column
    for row in reader:
        yield row if isinstance(row, Reject) else _of_row(row, column)


def _of_row(row: Row, column: str) -> Written:
    return Written(row.line, column, plain_text(row.cells[column]))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from None
    with file:
        yield file


def _unreadable(path: Path, error: OSError) -> ImportFileError:
    reason = (error.strerror or "unreadable").lower()
    return ImportFileError(path, f"cannot be read, {reason}", "name a file that you may read")
