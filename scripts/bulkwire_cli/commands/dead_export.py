"""`bulkwire dead export`."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from bulkwire.store.listing import Listed
from bulkwire_cli.bulk_actions.filter_options import SinceOption, ToOption, UntilOption
from bulkwire_cli.bulk_actions.index_walk import walk
from bulkwire_cli.bulk_actions.selection import Filters
from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.csv_cells import safe_cell
from bulkwire_cli.errors import BadInput
from bulkwire_cli.options import (
    AccountOption,
    CampaignOption,
    CategoryOption,
    ChannelOption,
    ReasonOption,
)
from bulkwire_cli.output import iso, masked
from bulkwire_cli.session import open_session

__all__ = ["export"]

COLUMNS: Final = (
    "id", "died", "campaign", "channel", "category", "reason", "code", "status", "attempts",
    "recipient",
)  # fmt: skip
STDOUT: Final = Path("-")


def export(
    account: AccountOption = None,
    *,
    reason: ReasonOption = None,
    category: CategoryOption = None,
    campaign: CampaignOption = None,
    channel: ChannelOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    to: ToOption = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to. Default: stdout.", show_default=False
        ),
    ] = STDOUT,
    reveal: Annotated[bool, typer.Option("--reveal", help="Write the numbers in full.")] = False,
) -> None:
    """Write dead letters as CSV, the oldest first; safe to open in a spreadsheet.

    \b
    Examples:
      bulkwire dead export --campaign spring > dead.csv
      bulkwire dead export --category recipient --reveal -o wrong-numbers.csv
    """
    filters = Filters(reason, category, campaign, channel, since, until, to)
    with open_session() as session:
        keys = session.keys(account)
        selection = filters.selection(session, keys)
        if reveal:
            session.note(keys, "dead export", selection=filters.in_words(), reveal=True)
        pages = walk(session.store, keys, "dead", selection)
        fitting = (letter for page in pages for letter in page if selection.fits(letter))
        with _opened(output) as file:
            count = _write(file, fitting, reveal=reveal)
    typer.echo(f"{counted(count, 'dead letter', 'dead letters')} written.", err=True)


@contextmanager
def _opened(output: Path) -> Iterator[TextIO]:
    if output == STDOUT:
        yield sys.stdout
        return
    try:
        # Who may read numbers is for the operator to say.
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        problem = f"{output} cannot be written, {reason}: name another file with --output"
        raise BadInput(problem) from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


def _write(file: TextIO, letters: Iterable[Listed], *, reveal: bool) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for one in letters:
        recipient = one.recipient if reveal else masked(one.recipient)
        what = (one.campaign, one.channel, one.category, one.reason, one.code, one.status)
        row = (one.id, iso(one.changed_at), *what, one.attempts, recipient)
        writer.writerow(safe_cell(str(cell)) if cell is not None else "" for cell in row)
        count += 1
    return count
