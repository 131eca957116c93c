"""Numbers out of a file: a CSV list with a header, or one number a line without any."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bulkwire.states import Channel
from bulkwire_cli.csv_cells import plain_text
from bulkwire_cli.importing.header import (
    Header,
    column_key,
    is_before_header,
    looks_like_a_number,
)
from bulkwire_cli.importing.lines import LineSource
from bulkwire_cli.importing.records import ImportFileError, Reject, Row
from bulkwire_cli.importing.rows import RowReader

__all__ = ["STDIN", "Written", "open_numbers"]

STDIN: Final = Path("-")
CHANNEL_COLUMN: Final = "channel"
CHANNELS: Final[Mapping[str, tuple[Channel, ...] | None]] = {
    "": None,
    "both": tuple(Channel),
    **{channel: (channel,) for channel in Channel},
}
"""What a row may say of its channel."""
NO_CHANNEL: Final = "is no channel: write sms, whatsapp or both, or leave it empty"


@dataclass(frozen=True, slots=True)
class Written:
    """A number as the file has it."""

    line: int
    column: str | None
    """None where the file has no columns."""
    text: str
    channels: tuple[Channel, ...] | None = None
    """Those that the row names, if it does."""


@contextmanager
def open_numbers(path: Path, *, to_column: str | None) -> Iterator[Iterator[Written | Reject]]:
    """The numbers of a file, or of standard input for `-`, as they are read.

    A file whose first line is a number has one number a line; any other has a header, as the
    recipient lists of campaigns, and may name a channel for each row. Raises ImportFileError, also
    while it is read, where nothing can come of the file.
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
    column, channel_column = reader.header.to_column, _channel_column(reader.header)
    for row in reader:
        yield row if isinstance(row, Reject) else _of_row(row, column, channel_column)


def _channel_column(header: Header) -> str | None:
    others = (name for name in header.columns if name != header.to_column)
    return next((name for name in others if column_key(name) == CHANNEL_COLUMN), None)


def _of_row(row: Row, column: str, channel_column: str | None) -> Written | Reject:
    said = row.cells[channel_column].lower() if channel_column else ""
    if said not in CHANNELS:
        return Reject(row.line, channel_column, NO_CHANNEL)
    return Written(row.line, column, plain_text(row.cells[column]), CHANNELS[said])


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
