"""`bulkwire suppress`: who opted out, channel by channel."""

from collections.abc import Iterator, Sequence
from typing import Annotated, TypeAlias

import typer

from bulkwire.phone import check_region
from bulkwire.states import Channel
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.suppression import (
    Recipient,
    count_suppressed,
    read_suppressed,
    scan_suppressed,
    unsuppress,
)
from bulkwire_cli.bulk_actions.filter_options import RegionOption, ToOption
from bulkwire_cli.bulk_actions.selection import normalised
from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.commands.suppress_import import import_numbers
from bulkwire_cli.limited import cut, shown
from bulkwire_cli.options import (
    PAGE,
    AccountOption,
    ChannelOption,
    JsonOption,
)
from bulkwire_cli.output import masked, print_json, print_table
from bulkwire_cli.session import Session, open_session
from bulkwire_cli.suppressing.importer import enter_numbers

__all__ = ["make_suppress_commands"]

Numbers: TypeAlias = Annotated[list[str], typer.Argument(metavar="NUMBER", help="Phone numbers.")]
Limit: TypeAlias = Annotated[
    int,
    typer.Option("--limit", metavar="N", min=1, max=10_000_000, help="Show at most so many."),
]
Reveal: TypeAlias = Annotated[bool, typer.Option("--reveal", help="Show the numbers in full.")]


def make_suppress_commands() -> typer.Typer:
    """The subcommands of `bulkwire suppress`."""
    commands = typer.Typer(
        help="Who opted out: they are sent nothing, however it was enqueued.", no_args_is_help=True
    )
    commands.command("add")(add)
    commands.command("remove")(remove)
    commands.command("list")(list_suppressed)
    commands.command("import")(import_numbers)
    return commands


def add(
    numbers: Numbers,
    account: AccountOption = None,
    channel: ChannelOption = None,
    region: RegionOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Enter numbers: they get no further message, also none that waits already.

    Opt-outs that the provider tells of enter by themselves. A message that was enqueued with
    ignore_suppression=True is sent all the same.

    \b
    Examples:
      bulkwire suppress add +27821234567
      bulkwire suppress add "082 123 4567" --region ZA --channel whatsapp
    """
    with open_session() as session:
        keys = session.keys(account)
        wanted = _normalised(session, numbers, region)
        session.note(keys, "suppress add", channel=channel or "both", numbers=len(wanted))
        added = 0
        for some in _steps(wanted):
            added += sum(enter_numbers(session.store, keys, _channels(channel), some))
    there = len(wanted) - added
    if as_json:
        print_json({"account": keys.account, "added": added, "already_there": there})
    else:
        numbers_added = counted(added, "number", "numbers")
        typer.echo(f"{numbers_added} added, {there:,} on the list already.")


def remove(
    numbers: Numbers,
    account: AccountOption = None,
    channel: ChannelOption = None,
    region: RegionOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Take numbers off: for people who opted in again. What was suppressed stays so.

    Exit code 1 where one of the numbers did not stand on the list.

    \b
    Examples:
      bulkwire suppress remove +27821234567 --channel sms
    """
    with open_session() as session:
        keys = session.keys(account)
        wanted = _normalised(session, numbers, region)
        session.note(keys, "suppress remove", channel=channel or "both", numbers=len(wanted))
        removed = 0
        for some in _steps(wanted):
            pairs = [[Recipient(one, number) for one in _channels(channel)] for number in some]
            answers = session.store.run_many([unsuppress(keys, pair) for pair in pairs])
            removed += sum(answer > 0 for answer in answers)
    missing = len(wanted) - removed
    if as_json:
        print_json({"account": keys.account, "removed": removed, "not_there": missing})
    else:
        removed_ones = counted(removed, "number", "numbers")
        typer.echo(f"{removed_ones} removed, {missing:,} not on the list.")
    if missing:
        raise typer.Exit(1)


def list_suppressed(
    account: AccountOption = None,
    channel: ChannelOption = None,
    to: ToOption = None,
    region: RegionOption = None,
    limit: Limit = 50,
    *,
    reveal: Reveal = False,
    as_json: JsonOption = False,
) -> None:
    """List who opted out, in no order: an entry for each number and channel.

    --to asks for one number. With --json: `more` says whether --limit left out any that fit.

    \b
    Examples:
      bulkwire suppress list
      bulkwire suppress list --to +27821234567
      bulkwire suppress list --channel sms --limit 100000 --reveal --json
    """
    with open_session() as session:
        keys = session.keys(account)
        if to is None:
            fitting = _walk(session.store, keys, channel)
        else:
            number = normalised(to, _region(session, region), "--to")
            fitting = _asked_for(session.store, keys, channel, number)
        found, more = cut(fitting, limit)
        total = session.store.run(count_suppressed(keys))
    rows = [(one.channel, one.number if reveal else masked(one.number)) for one in found]
    if as_json:
        entries = [{"channel": channel, "number": number} for channel, number in rows]
        counts = {"total": total, "more": more}
        print_json({"account": keys.account, **counts, "suppressed": entries})
        return
    if rows:
        print_table("channel", "number", rows=rows)
    has = f"Account {keys.account} has {counted(total, 'entry', 'entries')}"
    typer.echo(shown(len(rows), has, more=more))


def _channels(channel: Channel | None) -> tuple[Channel, ...]:
    """The channel named, or all."""
    return (channel,) if channel else tuple(Channel)


def _asked_for(
    store: Store, keys: Keys, channel: Channel | None, number: str
) -> Iterator[Recipient]:
    asked = [Recipient(one, number) for one in _channels(channel)]
    answers = store.run(read_suppressed(keys, asked))
    yield from (one for one, stands in zip(asked, answers, strict=True) if stands)


def _walk(store: Store, keys: Keys, channel: Channel | None) -> Iterator[Recipient]:
    seen: set[str] = set()  # the server may name one twice; as many as are shown
    cursor = 0
    while True:
        page = store.run(scan_suppressed(keys, cursor, channel=channel, count=PAGE))
        for one in page.recipients:
            if one.member not in seen:
                seen.add(one.member)
                yield one
        cursor = page.cursor
        if cursor == 0:
            return


def _normalised(session: Session, numbers: Sequence[str], region: str | None) -> list[str]:
    """The numbers without repeats. Raises BadParameter, which tells one by its place."""
    country = _region(session, region)
    found = [
        normalised(written, country, f"number {place}")
        for place, written in enumerate(numbers, start=1)
    ]
    return list(dict.fromkeys(found))


def _region(session: Session, region: str | None) -> str | None:
    return check_region(region) if region else session.settings.default_region


def _steps(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(numbers), PAGE):
        yield numbers[begin : begin + PAGE]
