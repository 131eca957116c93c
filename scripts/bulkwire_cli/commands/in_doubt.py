"""`bulkwire in-doubt`: messages that may have been sent, and what to do with them."""

from itertools import islice
from typing import Final

import typer

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_index_size, read_time_ms
from bulkwire.store.steering import resolve
from bulkwire_cli.messages import listed_document
from bulkwire_cli.options import (
    PAGE,
    AccountOption,
    CampaignOption,
    ForceOption,
    Ids,
    JsonOption,
    LimitOption,
    YesOption,
)
from bulkwire_cli.output import Cell, print_json, print_table, span
from bulkwire_cli.session import Session, open_session
from bulkwire_cli.walking import Selection, read_all_listed, walk

__all__ = ["make_in_doubt_commands"]

UNKNOWN: Final = "unknown"
YOUNG: Final = "young"


def make_in_doubt_commands() -> typer.Typer:
    """The subcommands of `bulkwire in-doubt`."""
    commands = typer.Typer(
        help="Messages that may have been sent, and what to do with them.", no_args_is_help=True
    )
    commands.command("list")(list_doubts)
    commands.command("resend")(resend)
    commands.command("discard")(discard)
    return commands


def list_doubts(
    account: AccountOption = None,
    campaign: CampaignOption = None,
    limit: LimitOption = 50,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the messages whose request may have left, but had no readable answer.

    They stay until a callback or a late answer settles them, or you do.

    \b
    Examples:
      bulkwire in-doubt list
      bulkwire in-doubt list --json | jq -r '.messages[].id'
    """
    selection = Selection(campaign=campaign)
    with open_session() as session:
        keys = session.keys(account)
        pages = walk(session.store, keys, "in_doubt")
        found = list(islice((one for page in pages for one in page if selection.fits(one)), limit))
        total = session.store.run(read_index_size(keys, "in_doubt"))
        now_ms = session.store.run(read_time_ms())
    if as_json:
        messages = [listed_document(one) for one in found]
        print_json({"account": keys.account, "total": total, "messages": messages})
        return
    if found:
        rows = [_row(one, now_ms) for one in found]
        columns = ("id", "in doubt since", "age", "campaign", "channel", "reason", "attempts")
        print_table(*columns, rows=rows)
    typer.echo(f"{len(found):,} shown of {total:,} messages in doubt of account {keys.account}.")


def _row(one: Listed, now_ms: int) -> tuple[Cell, ...]:
    age = span(_age_s(one, now_ms))
    return (one.id, one.changed_at, age, one.campaign, one.channel, one.reason, one.attempts)


def resend(
    ids: Ids,
    account: AccountOption = None,
    *,
    force: ForceOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send messages in doubt once more: their recipients may get them twice.

    Refuses what fell in doubt so recently that its answer may still come (BULKWIRE_READ_TIMEOUT
    and BULKWIRE_LEASE together), unless --force is given. Exit code 1 where one was not resent.

    \b
    Examples:
      bulkwire in-doubt resend order-1042
      bulkwire in-doubt resend order-1042 order-1043 --yes
    """
    with open_session() as session:
        keys = session.keys(account)
        if not yes:
            question = f"Send {len(ids)} again? Their recipients may get it twice."
            typer.confirm(question, abort=True, err=True)
        wait_s = 0.0 if force else session.settings.read_timeout + session.settings.lease
        answers = _resolve(session, keys, ids, resend=True, wait_s=wait_s)
        if State.QUEUED in answers.values():
            session.wake_workers()
    _report(keys, answers, State.QUEUED, "sent again", as_json=as_json)


def discard(ids: Ids, account: AccountOption = None, *, as_json: JsonOption = False) -> None:
    """Give messages in doubt up: they count as dead, off the list, and are never redriven.

    A callback that says that one was delivered still counts. Exit code 1 where one was not
    in doubt.

    \b
    Examples:
      bulkwire in-doubt discard order-1042
    """
    with open_session() as session:
        keys = session.keys(account)
        answers = _resolve(session, keys, ids, resend=False, wait_s=0)
    _report(keys, answers, State.DEAD, "given up", as_json=as_json)


def _resolve(
    session: Session, keys: Keys, ids: list[str], *, resend: bool, wait_s: float
) -> dict[str, str]:
    """What each message is afterwards: its state, `unknown`, or `young` where it has to wait."""
    answers: dict[str, str] = {}
    named = list(dict.fromkeys(ids))
    action = "in-doubt resend" if resend else "in-doubt discard"
    session.note(keys, action, ids=" ".join(named[:10]), count=len(named))
    for begin in range(0, len(named), PAGE):
        some = named[begin : begin + PAGE]
        now_ms = session.store.run(read_time_ms())
        doubts: list[tuple[str, str]] = []
        for message_id, found in zip(some, read_all_listed(session.store, keys, some), strict=True):
            answers[message_id] = UNKNOWN if found is None else found.state
            if found and found.state is State.IN_DOUBT:
                answers[message_id] = YOUNG
                if _age_s(found, now_ms) >= wait_s:
                    doubts.append((message_id, found.batch))
        states = session.store.run(resolve(keys, doubts, resend=resend)) if doubts else {}
        answers.update({message_id: state or UNKNOWN for message_id, state in states.items()})
    return answers


def _age_s(message: Listed, now_ms: int) -> float:
    return max(0.0, now_ms / 1000 - message.changed_at.timestamp())


def _report(
    keys: Keys, answers: dict[str, str], wanted: State, done: str, *, as_json: bool
) -> None:
    count = sum(word == wanted for word in answers.values())
    if as_json:
        print_json({"account": keys.account, "done": count, "answers": answers})
    else:
        typer.echo(f"{count:,} messages {done}.")
    refused = {message_id: word for message_id, word in answers.items() if word != wanted}
    for message_id, word in refused.items():
        typer.echo(f"{message_id}: {_why(word)}", err=True)
    if refused:
        raise typer.Exit(1)


def _why(word: str) -> str:
    if word == UNKNOWN:
        return "there is no such message; it may have been archived"
    if word == YOUNG:
        return "its answer may still come: wait, or give --force"
    return f"is {word}, not in doubt"
