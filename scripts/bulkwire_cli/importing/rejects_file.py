"""Writes rejects as CSV, for those who correct the list in a spreadsheet."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bulkwire_cli.csv_cells import safe_cell
from bulkwire_cli.importing.records import ImportFileError, Reject

__all__ = ["open_rejects"]


@contextmanager
def open_rejects(path: Path, imported: Path) -> Iterator[Callable[[Reject], None]]:
    """A function that writes one reject a line: line, column, reason.

    Raises ImportFileError where `path` cannot be written or is the file to import.
    """
    if path.exists() and imported.exists() and path.samefile(imported):
        raise ImportFileError(path, "is the file to import", "name another one with --rejects")
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise ImportFileError(
            path, f"cannot be written, {reason}", "name another file with --rejects"
        ) from None
    with file:
        writer = csv.writer(file)
        writer.writerow(("line", "column", "reason"))

        def write(reject: Reject) -> None:
            writer.writerow((reject.line, safe_cell(reject.column or ""), safe_cell(reject.reason)))

        yield write
