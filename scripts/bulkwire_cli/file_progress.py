"""How far the reading of a file is, row by row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bulkwire_cli.output import error_console

__all__ = ["progress_bar"]

ROWS_PER_UPDATE: Final = 100


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar over a file's bytes on standard error, where that is a terminal; else nothing."""
    console = error_console()
    if not console.is_terminal:
        yield lambda _read, _size: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(name, total=None)
        rows = 0

        def update(read: int, size: int) -> None:
            nonlocal rows
            rows += 1
            # The bar moves a few times a second; telling it every row would cost more than the row.
            if rows % ROWS_PER_UPDATE == 0:
                progress.update(task, completed=read, total=size or None)

        yield update
