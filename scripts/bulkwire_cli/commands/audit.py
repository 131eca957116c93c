"""`bulkwire audit`: proves that nothing is lost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkwire.store.keys import Keys
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from bulkwire_cli.auditing.faults import Progress as Watch
from bulkwire_cli.auditing.repair import Repairs, repair_account, repairs_for
from bulkwire_cli.auditing.report import as_json, repairs_as_json, show, show_repairs, show_verdict
from bulkwire_cli.options import AnyAccountOption, JsonOption
from bulkwire_cli.output import error_console, print_json, screen
from bulkwire_cli.session import Session, open_session

__all__ = ["audit"]


RepairOption = Annotated[
    bool,
    typer.Option("--repair", help="Put right what is wrong, but never towards sending again."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="With --repair: only say what it would put right.")
]


def audit(
    account: AnyAccountOption = None,
    *,
    repair: RepairOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Prove from the records that every message is in exactly one state.

    Walks every message ever taken in, counts the states anew and compares them with the counts;
    checks that each message stands where it will be found. Works while messages are sent: what
    looks wrong is looked at twice. Without --account it audits all of them.

    --repair puts messages back where their records say they stand, and corrects counts that are at
    rest. What was being sent under a batch that is gone may have left: it falls in doubt. Records,
    holds and keys that cannot be read are named and left alone.

    Exit codes: 0 all is true, with --repair afterwards; 1 broken, and what breaks it is named (all
    with --json).

    \b
    Examples:
      bulkwire audit
      bulkwire audit --repair --dry-run
      bulkwire audit --json | jq '.accounts[].wrong'
    """
    if dry_run and not repair:
        raise typer.BadParameter("it goes with --repair", param_hint="--dry-run")
    with open_session() as session, _progress() as watch:
        results = [
            _audited(session, keys, watch, repair=repair, dry_run=dry_run)
            for keys in session.keys_of_all(account)
        ]
    if json:
        _print_json(results, repair=repair)
    else:
        _show(results, repair=repair, dry_run=dry_run)
    raise typer.Exit(0 if all(one.ok for one, _ in results) else 1)


def _print_json(results: Sequence[tuple[AccountAudit, Repairs]], *, repair: bool) -> None:
    document = as_json([one for one, _ in results])
    for one, repairs in results if repair else ():
        document["accounts"][one.account] |= repairs_as_json(repairs)
    print_json(document)


def _show(results: Sequence[tuple[AccountAudit, Repairs]], *, repair: bool, dry_run: bool) -> None:
    console = screen()
    for one, repairs in results:
        show(console, one)
        if repair:
            show_repairs(console, one.account, repairs, one, dry_run=dry_run)
    show_verdict(console, [one for one, _ in results])


def _audited(
    session: Session, keys: Keys, watch: Watch, *, repair: bool, dry_run: bool
) -> tuple[AccountAudit, Repairs]:
    found = audit_account(session.store, keys, watch)
    if found.ok or not repair:
        return found, Repairs()
    if dry_run:
        return found, repairs_for(session.store, keys, found, only_look=True)
    wrong = {"faults": len(found.faults), "counts": len(found.differences)}
    session.note(keys, "audit --repair", **wrong)
    afterwards, repairs = repair_account(session.store, keys, watch, found)
    done = {"repaired": len(repairs.faults), "corrected": len(repairs.counts)}
    session.note(keys, "audit --repair: done", **done, left=len(afterwards.faults))
    return afterwards, repairs


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
