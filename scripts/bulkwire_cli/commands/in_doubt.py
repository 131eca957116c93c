"""`bulkwire in-doubt`: messages that may have been sent, and what to do with them."""

from typing import Final

import typer

from bulkwire.states import State
from bulkwire.store.listing import Listed, read_index_size, read_time_ms
from bulkwire_cli.bulk_actions.filter_options import SinceOption, ToOption, UntilOption
from bulkwire_cli.bulk_actions.in_doubt import age_s, patience_s
from bulkwire_cli.bulk_actions.index_walk import find
from bulkwire_cli.bulk_actions.selection import Filters
from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.commands.in_doubt_decide import discard, resend
from bulkwire_cli.commands.message import find_message
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.limited import cut, shown
from bulkwire_cli.messages import listed_document, message_document, show_message
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    ChannelOption,
    JsonOption,
    LimitOption,
    MessageId,
    ReasonOption,
    RevealOption,
)
from bulkwire_cli.output import Cell, print_json, print_table, span
from bulkwire_cli.session import open_session

__all__ = ["make_in_doubt_commands"]

COLUMNS: Final = (
    "id", "in doubt since", "age", "campaign", "channel", "reason", "batch", "request",
)  # fmt: skip


def make_in_doubt_commands() -> typer.Typer:
    """The subcommands of `bulkwire in-doubt`."""
    commands = typer.Typer(
        help="Messages that may have been sent, and what to do with them.", no_args_is_help=True
    )
    commands.command("list")(list_doubts)
    commands.command("show")(show)
    commands.command("resend")(resend)
    commands.command("discard")(discard)
    return commands


def list_doubts(
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List the messages whose request may have left, but had no readable answer.

    They stay until a callback or a late answer settles them, or you do. Workers' log lines name
    the batch by its first eight digits, and the request of the batch by its number. With --json:
    `more` says whether --limit left out any that fit.

    \b
    Examples:
      bulkwire in-doubt list --since 2h --reason read_timeout
      bulkwire in-doubt list --json | jq -r '.messages[].id'
    """
    filters = Filters(reason, None, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        fitting = find(session.store, keys, "in_doubt", filters.selection(session, keys))
        found, more = cut(fitting, limit)
        total = session.store.run(read_index_size(keys, "in_doubt"))
        now_ms = session.store.run(read_time_ms())
    if as_json:
        messages = [listed_document(one) for one in found]
        counts = {"total": total, "more": more}
        print_json({"account": keys.account, **counts, "messages": messages})
        return
    if found:
        print_table(*COLUMNS, rows=[_row(one, now_ms) for one in found])
    has = f"Account {keys.account} has {counted(total, 'message', 'messages')} in doubt"
    typer.echo(shown(len(found), has, more=more))


def _row(one: Listed, now_ms: int) -> tuple[Cell, ...]:
    what = (one.campaign, one.channel, one.reason, one.batch[:8])
    return (one.id, one.changed_at, span(age_s(one, now_ms)), *what, one.request)


def show(
    message_id: MessageId,
    account: AccountOption = None,
    *,
    reveal: RevealOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one message in doubt: when, in which request and why, and what can be done.

    \b
    Examples:
      bulkwire in-doubt show order-1042
    """
    with open_session() as session:
        message = find_message(session, session.keys(account), message_id)
        now_ms = session.store.run(read_time_ms())
        answer_by = message.changed_at.timestamp() + patience_s(session)
    if message.state is not State.IN_DOUBT:
        state = f"{message_id} is not in doubt but {message.state}"
        raise CommandFailed(f"{state}: see `message show`")
    left_s = max(0.0, answer_by - now_ms / 1000)
    if as_json:
        print_json({**message_document(message, reveal=reveal), "answer_may_come_s": left_s})
        return
    show_message(message, reveal=reveal)
    if left_s:
        typer.echo(f"An answer may still come for {span(left_s)}; until then only with --force:")
    typer.echo("`in-doubt resend` may reach the recipient twice, `in-doubt discard` gives it up.")
    typer.echo("A callback from the provider settles it by itself.")
