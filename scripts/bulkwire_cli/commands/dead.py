"""`bulkwire dead`: the dead-letter queue."""

import typer

from bulkwire.states import State
from bulkwire.store.listing import Listed, read_index_size
from bulkwire_cli.bulk_actions.filter_options import SinceOption, ToOption, UntilOption
from bulkwire_cli.bulk_actions.index_walk import find
from bulkwire_cli.bulk_actions.selection import Filters
from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.commands.dead_decide import discard, redrive
from bulkwire_cli.commands.dead_export import export
from bulkwire_cli.commands.message import find_message
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.limited import cut, shown
from bulkwire_cli.messages import ADVICE, listed_document, message_document, show_message
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    CategoryOption,
    ChannelOption,
    JsonOption,
    LimitOption,
    MessageId,
    ReasonOption,
    RevealOption,
)
from bulkwire_cli.output import Cell, print_json, print_table
from bulkwire_cli.session import open_session

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
    commands.command("discard")(discard)
    commands.command("export")(export)
    return commands


def list_letters(
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    category: CategoryOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, the latest first.

    With --json: `more` says whether --limit left out any that fit; `total` counts all dead
    letters of the account.

    \b
    Examples:
      bulkwire dead list --since 2h
      bulkwire dead list --category account --limit 500
      bulkwire dead list --campaign spring --json | jq -r '.letters[].id'
    """
    filters = Filters(reason, category, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        fitting = find(session.store, keys, "dead", filters.selection(session, keys))
        letters, more = cut(fitting, limit)
        total = session.store.run(read_index_size(keys, "dead"))
    if as_json:
        documents = [listed_document(letter) for letter in letters]
        counts = {"total": total, "more": more}
        print_json({"account": keys.account, **counts, "letters": documents})
        return
    if letters:
        columns = ("id", "died", "campaign", "channel", "category", "reason", "code", "attempts")
        print_table(*columns, rows=map(_row, letters))
    has = f"Account {keys.account} has {counted(total, 'dead letter', 'dead letters')}"
    typer.echo(shown(len(letters), has, more=more))


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
    if message.discarded:
        typer.echo("An operator gave it up: it is not listed, and never redriven.")
    elif message.category:
        typer.echo(ADVICE[message.category])
