"""How far a benchmark is: a bar on standard error, where that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkwire_cli.output import error_console

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(
    what: str, total: int | None = None
) -> Iterator[Callable[[int, int | None], None]]:
    """Yields what takes how much is done by now, and of how much where that was not known."""
    console = error_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=total)

        def show(done: int, of: int | None = None) -> None:
            progress.update(task, completed=done, total=total if of is None else of)

        yield show
