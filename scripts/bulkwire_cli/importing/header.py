"""What the first line of a recipient list says: delimiter, columns, where the number is."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkwire_cli.csv_cells import plain_text
from bulkwire_cli.importing.lines import Line
from bulkwire_cli.importing.records import ImportFileError

__all__ = [
    "NUMBER_COLUMNS",
    "Header",
    "column_key",
    "is_before_header",
    "looks_like_a_number",
    "read_header",
]

NUMBER_COLUMNS: Final = frozenset(
    {
        "to",
        "cell",
        "cell_number",
        "cellphone",
        "mobile",
        "mobile_number",
        "msisdn",
        "number",
        "phone",
        "phone_number",
        "recipient",
        "telephone",
        "whatsapp",
    }
)
"""Names (as `column_key` writes them) under which a column is taken for the number."""

_DELIMITERS: Final = ",;\t|"
_LIKE_A_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]{7,}")
# A byte-order mark, or every other byte NUL, as in UTF-16 without one.
_UTF_16: Final = re.compile("\udcff\udcfe|\udcfe\udcff|\0?[^\0]\0[^\0]\0")
# How .xlsx (and .ods) and .xls begin.
_WORKBOOKS: Final = ("PK\x03\x04", "\udcd0\udccf\x11")
_SEPARATOR_LINE: Final = re.compile(r"sep=.\s*", re.IGNORECASE)

_ADD_HEADER: Final = "put a first line that names the columns, such as to,first_name"
_SAVE_AS_UTF8: Final = "save it as CSV UTF-8, with LF or CRLF line ends"
_EXPORT: Final = "open it in the spreadsheet and save it as CSV UTF-8"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file."""

    delimiter: str
    columns: tuple[str, ...]
    """As written, stripped."""
    to_column: str
    """The one of `columns` that holds the recipient's number."""


def looks_like_a_number(text: str) -> bool:
    """Whether the text is a recipient's number rather than a column's name."""
    return _LIKE_A_NUMBER.fullmatch(plain_text(text)) is not None


def is_before_header(line: Line) -> bool:
    """Whether the header is yet to come: a blank line, or `sep=;`, which only Excel reads."""
    return line.fault is None and (
        not line.text.strip() or _SEPARATOR_LINE.fullmatch(line.text) is not None
    )


def column_key(name: str) -> str:
    """A column's name as a template can write it: `First Name` → `first_name`."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def read_header(path: Path, line: Line | None, to_column: str | None = None) -> Header:
    """The header in the first line that says something, or None where there is none.

    `to_column` names the number's column where the file's own name for it is not a usual one.
    Raises ImportFileError.
    """
    if line is None:
        raise ImportFileError(path, "the file is empty", _ADD_HEADER)
    if line.text.startswith(_WORKBOOKS):
        raise ImportFileError(path, "the file is a workbook, not CSV", _EXPORT)
    if line.fault is not None:
        raise ImportFileError(path, _unreadable(line), _SAVE_AS_UTF8)
    if "\r" in line.text.rstrip("\r\n"):
        raise ImportFileError(path, "its lines end in CR alone", "save it with LF or CRLF")
    delimiter, columns = _split(path, line)
    _check_names(path, columns)
    return Header(delimiter, columns, _number_column(path, columns, to_column))


def _unreadable(line: Line) -> str:
    if _UTF_16.match(line.text):
        return "the file is UTF-16"
    if "\0" in line.text:
        return "the file is not text"
    what = "is not UTF-8" if line.text else "is too long"
    return f"line {line.number}, the header, {what}"


def _split(path: Path, line: Line) -> tuple[str, tuple[str, ...]]:
    """The delimiter that makes the most of the line, and the cells."""
    best: tuple[str, tuple[str, ...]] = ("", ())
    for delimiter in _DELIMITERS:
        try:
            reader = csv.reader([line.text], delimiter=delimiter, strict=True)
            cells = tuple(cell.strip() for cell in next(reader))
        except csv.Error:
            continue
        if len(cells) > len(best[1]):
            best = (delimiter, cells)
    if not best[1]:
        raise ImportFileError(path, f"line {line.number}, the header, is not CSV", _ADD_HEADER)
    return best


def _check_names(path: Path, columns: Sequence[str]) -> None:
    # Before anything names a column: without a header, the "names" are somebody's number.
    if any(map(looks_like_a_number, columns)):
        raise ImportFileError(path, "the first line is a recipient, not a header", _ADD_HEADER)
    seen: dict[str, str] = {}
    for position, name in enumerate(columns, start=1):
        if not name:
            problem = f"the header has no name for column {position}"
            raise ImportFileError(path, problem, "name it, or delete the column")
        other = seen.setdefault(column_key(name), name)
        if other is not name:
            problem = f"the header names columns {other!r} and {name!r}, which are the same"
            raise ImportFileError(path, problem, "rename one")


def _number_column(path: Path, columns: Sequence[str], wanted: str | None) -> str:
    if wanted is not None:
        keys = {column_key(wanted)}
        missing = f"there is no column {wanted!r}"
    else:
        keys = set(NUMBER_COLUMNS)
        missing = "no column is named like a phone number's"
    found = [name for name in columns if column_key(name) in keys]
    if wanted is None and len(found) > 1:
        found = [name for name in found if column_key(name) == "to"] or found
    if not found:
        remedy = f"name the number's with --to-column; the columns are {', '.join(columns)}"
        raise ImportFileError(path, missing, remedy)
    if len(found) > 1:
        problem = f"columns {' and '.join(found)} could all hold the number"
        raise ImportFileError(path, problem, "choose one with --to-column")
    return found[0]
