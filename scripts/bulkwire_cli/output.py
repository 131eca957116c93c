"""What commands print: tables for eyes, one JSON document for machines."""

import json
import sys
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = [
    "Cell",
    "error_console",
    "iso",
    "make_table",
    "masked",
    "print_json",
    "print_table",
    "screen",
    "shown_time",
    "span",
]

WIDEST_TABLE: Final = 200
SHOWN_DIGITS: Final = 4
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

Cell = str | int | float | datetime | Text | None


def screen(*, fitted: bool = False) -> Console:
    """Standard output, colours on a terminal only.

    Wide, also where the terminal is not: it wraps a long row itself, and no id, number or name is
    broken in its column. `fitted` keeps to the terminal's width, for what is laid out by it.
    """
    console = Console(highlight=False)
    if fitted and console.is_terminal:
        return console
    return Console(highlight=False, width=max(console.width, WIDEST_TABLE))


def error_console() -> Console:
    """Standard error: progress and remarks, which must not get into a pipe."""
    return Console(stderr=True, highlight=False)


def print_json(document: Mapping[str, object]) -> None:
    """The one JSON document of a command."""
    sys.stdout.write(json.dumps(document, indent=2, default=_plain) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(type(value).__name__)


def make_table(
    *columns: str,
    rows: Iterable[Iterable[Cell]] = (),
    title: str = "",
    giving_way: Collection[str] = (),
    tight: bool = False,
) -> Table:
    """A table; what is a number stands to the right, what is missing is left out.

    Where it is too wide, the columns `giving_way` are folded and the others stay whole; without
    any, all are folded. `tight` leaves less room between columns.
    """
    kept = [list(row) for row in rows]
    table = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0) if tight else (0, 1),
    )
    for number, column in enumerate(columns):
        numeric = any(isinstance(row[number], int | float) for row in kept)
        whole = bool(giving_way) and column not in giving_way
        table.add_column(
            column,
            justify="right" if numeric else "left",
            no_wrap=whole,
            # Half a number must not look like a whole one.
            overflow="ellipsis" if whole else "fold",
        )
    for row in kept:
        table.add_row(*map(_shown, row))
    return table


def print_table(*columns: str, rows: Iterable[Iterable[Cell]], title: str = "") -> None:
    """Prints a table on standard output."""
    screen().print(make_table(*columns, rows=rows, title=title))


def _shown(cell: Cell) -> Text:
    """As text: whatever stands in a cell must never be read as markup."""
    match cell:
        case None:
            return Text("")
        case Text():
            return cell
        case datetime():
            return Text(shown_time(cell))
        case int():
            return Text(f"{cell:,}")
        case _:
            return Text(_printable(str(cell)))


def _printable(text: str) -> str:
    """Foreign text must not steer the terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def shown_time(at: datetime) -> str:
    """A time for eyes, to the second, in UTC as the log lines have it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def iso(at: datetime) -> str:
    """A time for machines: ISO 8601, UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """A duration for eyes, in its largest unit."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return "0 s"


def masked(number: str) -> str:
    """A phone number of which only the last digits can be read."""
    return "*" * max(0, len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
