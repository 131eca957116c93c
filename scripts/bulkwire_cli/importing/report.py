"""What an import says in the end: for eyes, or as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.importing.records import Reject
from bulkwire_cli.importing.tally import Tally

__all__ = ["as_json", "printable", "reject_document", "show", "show_rejects"]


def show(console: Console, tally: Tally, *, campaign: str, seconds: float) -> None:
    """Prints the rejects and the summary."""
    show_rejects(console, tally.listed, tally.not_taken)
    rows = counted(tally.rows, "row", "rows")
    console.print(f"Campaign {campaign}: {rows} in {seconds:.1f} s", style="bold")
    table = Table.grid("", Column(justify="right"), padding=(0, 2), pad_edge=True)
    for name, number in tally.counts():
        if number or name in {"queued", "already_there"}:
            table.add_row(f"  {name.replace('_', ' ')}", f"{number:,}")
    for kind, number in tally.rejected.most_common():
        table.add_row(Text(f"    {printable(kind)}"), f"{number:,}", style="dim")
    console.print(table)
    if tally.already_there and not tally.created:
        console.print("Nothing was added: the campaign has these recipients already.")


def show_rejects(console: Console, listed: Sequence[Reject], count: int) -> None:
    """Prints the rejects that were kept, and how many of `count` were not."""
    for reject in listed:
        console.print(Text(printable(str(reject)), style="yellow"), soft_wrap=True)
    left_out = count - len(listed)
    if left_out > 0:
        said = f"… and {left_out:,} more; --rejects FILE writes all of them."
        console.print(said, style="yellow")


def as_json(tally: Tally, *, campaign: str, account: str) -> dict[str, Any]:
    """The summary as `--json` prints it."""
    return {
        "campaign": campaign,
        "account": account,
        **dict(tally.counts()),
        "rejected_by_reason": dict(tally.rejected),
        "rejects": [reject_document(reject) for reject in tally.listed],
        "rejects_left_out": tally.not_taken - len(tally.listed),
    }


def reject_document(reject: Reject) -> dict[str, Any]:
    """A reject for machines."""
    return {"line": reject.line, "column": reject.column, "reason": reject.reason}


def printable(text: str) -> str:
    """The text without what would steer a terminal: column names come from somebody's file."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
