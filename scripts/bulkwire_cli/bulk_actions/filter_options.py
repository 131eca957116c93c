"""The options of commands that are about many messages: which, and whether only to look."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from bulkwire_cli.moments import Moment, parse_moment

__all__ = [
    "AllOption",
    "DryRunOption",
    "RegionOption",
    "RejectsOption",
    "SinceOption",
    "SomeIds",
    "ToOption",
    "UntilOption",
]

SomeIds: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Ids of messages.")
]
AllOption: TypeAlias = Annotated[bool, typer.Option("--all", help="All of the list.")]
DryRunOption: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would happen.")
]
SinceOption: TypeAlias = Annotated[
    Moment | None,
    typer.Option(
        "--since", metavar="TIME", parser=parse_moment, help="Not before: 2h, 7d, 2026-01-31T09:00."
    ),
]
UntilOption: TypeAlias = Annotated[
    Moment | None,
    typer.Option(
        "--until",
        metavar="TIME",
        parser=parse_moment,
        help="Not after. UTC where no zone is named.",
    ),
]
ToOption: TypeAlias = Annotated[
    str | None, typer.Option("--to", metavar="NUMBER", help="Only to this phone number.")
]
RegionOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="CC",
        help="Country of local numbers: ZA. Default: BULKWIRE_DEFAULT_REGION.",
    ),
]
RejectsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write line, column and reason of each row not taken in to this CSV file.",
    ),
]
