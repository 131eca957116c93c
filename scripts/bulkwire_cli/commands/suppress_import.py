"""`bulkwire suppress import`."""

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from bulkwire.errors import ConfigurationError, StoreError
from bulkwire.phone import check_region
from bulkwire.states import Channel
from bulkwire.store.keys import Keys
from bulkwire_cli.bulk_actions.filter_options import RegionOption, RejectsOption
from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.importing.records import ImportFileError
from bulkwire_cli.importing.rejects_file import open_rejects
from bulkwire_cli.importing.report import reject_document, show_rejects
from bulkwire_cli.options import AccountOption, ChannelOption, JsonOption
from bulkwire_cli.output import print_json, screen
from bulkwire_cli.session import Session, open_session
from bulkwire_cli.suppressing.importer import Entered, enter
from bulkwire_cli.suppressing.number_file import open_numbers

__all__ = ["import_numbers"]

LISTED_ON_SCREEN: Final = 20
LISTED_AS_JSON: Final = 1_000
NOTHING_READ: Final = 2
INTERRUPTED: Final = 130


def import_numbers(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, or one number a line; - reads stdin.")
    ],
    account: AccountOption = None,
    channel: ChannelOption = None,
    region: RegionOption = None,
    *,
    to_column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="The column with the number, if its name does not say so."
        ),
    ] = None,
    rejects: RejectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter the numbers of a file: CSV with a header, or one number a line.

    A column "channel" says for each row sms, whatsapp or both; a row that leaves it empty goes by
    --channel.

    Bad rows are listed with line and reason, the others go in. Importing a file again adds
    nothing twice. Exit codes: 0 numbers are in; 1 Redis is away or full; 2 nothing was read.

    \b
    Examples:
      bulkwire suppress import stop-list.csv --channel sms --region ZA
      grep STOP replies.txt | cut -d, -f1 | bulkwire suppress import -
    """
    entered = Entered(LISTED_AS_JSON if as_json else LISTED_ON_SCREEN)
    with open_session() as session:
        wanted = _Wanted(file, session.keys(account), channel, region, to_column, rejects)
        try:
            trouble = _enter(session, wanted, entered)
        except (ImportFileError, ConfigurationError) as error:
            typer.echo(f"bulkwire: {error}", err=True)
            raise typer.Exit(NOTHING_READ) from None
    _report(wanted.keys, entered, as_json=as_json)
    raise typer.Exit(_verdict(entered, trouble))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line says."""

    file: Path
    keys: Keys
    channel: Channel | None
    region: str | None
    to_column: str | None
    rejects: Path | None


def _enter(session: Session, wanted: _Wanted, entered: Entered) -> BaseException | None:
    """Enters the numbers; answers what stopped it half-way, if anything did."""
    country = session.settings.default_region
    country = check_region(wanted.region) if wanted.region else country
    channels = (wanted.channel,) if wanted.channel else tuple(Channel)
    with ExitStack() as stack:
        read = stack.enter_context(open_numbers(wanted.file, to_column=wanted.to_column))
        tell = None
        if wanted.rejects is not None:
            tell = stack.enter_context(open_rejects(wanted.rejects, wanted.file))
        try:
            enter(
                session.store, wanted.keys, channels, read,
                region=country, entered=entered, tell=tell,
            )  # fmt: skip
        except (StoreError, KeyboardInterrupt) as error:
            return error
        finally:
            _note(session, wanted, entered)
    return None


def _note(session: Session, wanted: _Wanted, entered: Entered) -> None:
    if not entered.taken:
        return
    counts = {"added": entered.added, "already_there": entered.already_there}
    with suppress(StoreError):  # where it was away, that is told already
        channel = "by row" if entered.by_row else wanted.channel or "both"
        session.note(wanted.keys, "suppress import", channel=channel, **counts)


def _report(keys: Keys, entered: Entered, *, as_json: bool) -> None:
    rejected = entered.rejected.total()
    if as_json:
        counts = {
            "account": keys.account,
            "rows": entered.rows,
            "added": entered.added,
            "already_there": entered.already_there,
            "rejected": rejected,
        }
        listed = [reject_document(reject) for reject in entered.listed]
        more = {"rejected_by_reason": dict(entered.rejected), "rejects": listed}
        print_json({**counts, **more, "rejects_left_out": rejected - len(listed)})
        return
    show_rejects(screen(), entered.listed, rejected)
    added = counted(entered.added, "number", "numbers")
    there = f"{entered.already_there:,} on the list already"
    typer.echo(f"{added} added, {there}, {rejected:,} rejected.")


def _verdict(entered: Entered, trouble: BaseException | None) -> int:
    """Says what is left to say; answers the exit code."""
    if trouble is not None:
        interrupted = isinstance(trouble, KeyboardInterrupt)
        what = "interrupted" if interrupted else str(trouble)
        again = "import the file again to go on: nothing is entered twice"
        typer.echo(f"bulkwire: {what}: {again}", err=True)
        return INTERRUPTED if interrupted else 1
    if not entered.taken:
        typer.echo("bulkwire: the file has no number that can be entered", err=True)
        return NOTHING_READ
    return 0
