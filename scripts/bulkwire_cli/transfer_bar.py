"""A progress bar over the bytes of one file."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from bulkwire_cli.output import error_console
from bulkwire_workers.one_api.media_files import Progress as Told

__all__ = ["transfer_bar"]


@contextmanager
def transfer_bar(what: str, *, wanted: bool = True) -> Iterator[Told]:
    """A bar on standard error, where that is a terminal and it is wanted; else nothing.

    Call it with the bytes done and those there are.
    """
    console = error_console()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bar = Progress(
        *columns,
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not (wanted and console.is_terminal),
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, size: bar.update(task, completed=done, total=size)
