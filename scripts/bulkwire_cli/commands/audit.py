"""`bulkwire audit`: proves that nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkwire_cli.auditing.audit import audit_account
from bulkwire_cli.auditing.report import as_json, show, verdict
from bulkwire_cli.auditing.walk import Progress as Watch
from bulkwire_cli.options import AnyAccountOption, JsonOption
from bulkwire_cli.output import error_console, print_json, screen
from bulkwire_cli.session import open_session

__all__ = ["audit"]


def audit(account: AnyAccountOption = None, *, json: JsonOption = False) -> None:
    """Prove from the records that every message is in exactly one state.

    Walks every message ever taken in, counts the states anew and compares them with the counts;
    checks that each waiting message stands where it will be found. Works while messages are sent:
    what looks wrong is looked at twice. Without --account it audits all of them.

    Exit codes: 0 all is true; 1 broken, and the ids that break it are named (all with --json).
    """
    with open_session() as session, _progress() as watch:
        audits = [
            audit_account(session.store, keys, watch) for keys in session.keys_of_all(account)
        ]
    if json:
        print_json(as_json(audits))
    else:
        console = screen()
        for one in audits:
            show(console, one)
        ok = all(one.ok for one in audits)
        console.print(verdict(audits), style="bold green" if ok else "bold red")
    raise typer.Exit(0 if all(one.ok for one in audits) else 1)


@contextmanager
def _progress() -> Iterator[Watch]:
    """A bar over the pages on standard error, where that is a terminal; else nothing."""
    console = error_console()
    if not console.is_terminal:
        yield lambda _done, _all: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("pages", total=None)
        yield lambda done, all_: progress.update(task, completed=done, total=all_)
