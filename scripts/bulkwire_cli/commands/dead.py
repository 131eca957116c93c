"""`bulkwire dead`: the dead-letter queue."""

from itertools import islice
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_index_size
from bulkwire_cli.commands.message import find_message
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.messages import ADVICE, listed_document, message_document, show_message
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    CategoryOption,
    JsonOption,
    LimitOption,
    MessageId,
    ReasonOption,
    RevealOption,
)
from bulkwire_cli.output import Cell, error_console, print_json, print_table
from bulkwire_cli.redriving import REFUSALS, Redriven, redrive_ids, redrive_selection
from bulkwire_cli.session import Session, open_session
from bulkwire_cli.walking import Selection, walk

__all__ = ["make_dead_commands"]


def make_dead_commands() -> typer.Typer:
    """The subcommands of `bulkwire dead`."""
    commands = typer.Typer(
        help="The dead-letter queue: what failed for good, and sending it again.",
        no_args_is_help=True,
    )
    commands.command("list")(list_letters)
    commands.command("show")(show)
    commands.command("redrive")(redrive)
    return commands


def list_letters(
    account: AccountOption = None,
    reason: ReasonOption = None,
    category: CategoryOption = None,
    campaign: CampaignOption = None,
    limit: LimitOption = 50,
    *,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, the latest first.

    \b
    Examples:
      bulkwire dead list
      bulkwire dead list --category account --limit 500
      bulkwire dead list --campaign spring --json | jq -r '.letters[].id'
    """
    selection = Selection(reason, category, campaign)
    with open_session() as session:
        keys = session.keys(account)
        pages = walk(session.store, keys, "dead")
        fitting = (letter for page in pages for letter in page if selection.fits(letter))
        letters = list(islice(fitting, limit))
        total = session.store.run(read_index_size(keys, "dead"))
    if as_json:
        documents = [listed_document(letter) for letter in letters]
        print_json({"account": keys.account, "total": total, "letters": documents})
        return
    if letters:
        columns = ("id", "died", "campaign", "channel", "category", "reason", "code", "attempts")
        print_table(*columns, rows=map(_row, letters))
    typer.echo(f"{len(letters):,} shown of {total:,} dead letters of account {keys.account}.")


def _row(one: Listed) -> tuple[Cell, ...]:
    what = (one.campaign, one.channel, one.category, one.reason)
    return (one.id, one.changed_at, *what, one.code, one.attempts)


def show(
    message_id: MessageId,
    account: AccountOption = None,
    *,
    reveal: RevealOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one dead letter, what happened to it, and what to do about it.

    \b
    Examples:
      bulkwire dead show order-1042
    """
    with open_session() as session:
        message = find_message(session, session.keys(account), message_id)
    if message.state is not State.DEAD:
        raise CommandFailed(f"{message_id} is not dead but {message.state}: see `message show`")
    if as_json:
        print_json(message_document(message, reveal=reveal))
        return
    show_message(message, reveal=reveal)
    if message.category:
        typer.echo(ADVICE[message.category])


def redrive(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids of dead letters.")
    ] = None,
    account: AccountOption = None,
    reason: ReasonOption = None,
    category: CategoryOption = None,
    campaign: CampaignOption = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also those whose recipient is at fault.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send dead letters again: those named, those that fit, or all.

    Their ids and histories stay, their attempts begin anew. May be stopped and run again at any
    time. Exit code 1 where one of the ids named was not redriven.

    \b
    Examples:
      bulkwire dead redrive order-1042 order-1043
      bulkwire dead redrive --category account --dry-run
      bulkwire dead redrive --campaign spring --reason insufficient_balance
      bulkwire dead redrive --all
    """
    selection = Selection(reason, category, campaign)
    if bool(ids) == (everything or not selection.is_everything):
        raise typer.BadParameter("give ids, or --all, --reason, --category or --campaign")
    with open_session() as session:
        keys = session.keys(account)
        tally = _redrive(session, keys, ids, selection, force=force, dry_run=dry_run)
    _report(keys, tally, dry_run=dry_run, as_json=as_json)
    if tally.answers and tally.refused:
        raise typer.Exit(1)


def _redrive(
    session: Session,
    keys: Keys,
    ids: list[str] | None,
    selection: Selection,
    *,
    force: bool,
    dry_run: bool,
) -> Redriven:
    if not dry_run:
        session.note(keys, "dead redrive", selection=_in_words(ids, selection), force=force)
    tally = Redriven()
    try:
        if ids:
            redrive_ids(session, keys, ids, force=force, dry_run=dry_run, tally=tally)
        else:
            _redrive_all(session, keys, selection, tally, force=force, dry_run=dry_run)
    finally:
        # Also where it was interrupted: what was done so far stays done.
        if not dry_run:
            session.note(keys, "dead redrive: done", redriven=tally.queued, **tally.refused)
    return tally


def _in_words(ids: list[str] | None, selection: Selection) -> str:
    if ids:
        return f"{len(ids)} ids" if len(ids) > 10 else " ".join(ids)
    given = {
        "reason": selection.reason,
        "category": selection.category,
        "campaign": selection.campaign,
    }
    return " ".join(f"{name}={value}" for name, value in given.items() if value) or "all"


def _redrive_all(
    session: Session,
    keys: Keys,
    selection: Selection,
    tally: Redriven,
    *,
    force: bool,
    dry_run: bool,
) -> None:
    console = error_console()
    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    bar = Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )
    with bar:
        total = session.store.run(read_index_size(keys, "dead"))
        task = bar.add_task("Looking" if dry_run else "Redriving", total=total)
        redrive_selection(
            session,
            keys,
            selection,
            force=force,
            dry_run=dry_run,
            advance=lambda letters: bar.advance(task, letters),
            tally=tally,
        )


def _report(keys: Keys, tally: Redriven, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "account": keys.account,
                "dry_run": dry_run,
                "redriven": tally.queued,
                "refused": tally.refused,
                "answers": tally.answers,
            }
        )
        return
    done = "would be redriven" if dry_run else "redriven"
    typer.echo(f"{tally.queued:,} dead letters {done}.")
    for word, count in tally.refused.items():
        typer.echo(f"{count:,} not ({word}): {REFUSALS[word]}.")
    for message_id, word in tally.answers.items():
        if word in REFUSALS:
            typer.echo(f"{message_id}: {REFUSALS[word]}", err=True)
