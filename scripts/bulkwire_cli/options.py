"""The options that several commands share."""

from typing import Annotated, Final, TypeAlias

import typer

from bulkwire.states import Category, Channel

__all__ = [
    "PAGE",
    "AccountOption",
    "AnyAccountOption",
    "CampaignOption",
    "CategoryOption",
    "ChannelOption",
    "ForceOption",
    "JsonOption",
    "LimitOption",
    "MessageId",
    "ReasonOption",
    "RevealOption",
    "YesOption",
]

PAGE: Final = 250
"""Messages a step: what one transition takes at the most."""

AccountOption: TypeAlias = Annotated[
    str | None, typer.Option("--account", metavar="NAME", help="Default: BULKWIRE_ACCOUNT.")
]
AnyAccountOption: TypeAlias = Annotated[
    str | None, typer.Option("--account", metavar="NAME", help="Default: all accounts.")
]
JsonOption: TypeAlias = Annotated[
    bool, typer.Option("--json", help="One JSON document, for machines.")
]
RevealOption: TypeAlias = Annotated[
    bool, typer.Option("--reveal", help="Show the recipient's number and the text.")
]
ForceOption: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Also what may still be answered.")
]
YesOption: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
CampaignOption: TypeAlias = Annotated[
    str | None, typer.Option("--campaign", metavar="NAME", help="Only of this campaign.")
]
ReasonOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--reason", metavar="REASON", help="Only with this reason, as the list shows it."),
]
CategoryOption: TypeAlias = Annotated[
    Category | None,
    typer.Option(
        "--category", metavar="CATEGORY", help=f"Only of this kind: {', '.join(Category)}."
    ),
]
ChannelOption: TypeAlias = Annotated[
    Channel | None,
    typer.Option("--channel", metavar="CHANNEL", help=f"{' or '.join(Channel)}. Default: both."),
]
LimitOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--limit",
        metavar="N",
        min=1,
        max=10_000_000,
        help="Show at most so many, the latest first.",
    ),
]
MessageId: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The message's id.")]
