"""What an import says in the end: for eyes, or as JSON."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bulkwire_cli.importing.records import Reject
from bulkwire_cli.importing.tally import Tally

__all__ = ["as_json", "printable", "show"]


def show(console: Console, tally: Tally, *, campaign: str, seconds: float) -> None:
    """Prints the rejects and the summary."""
    _show_rejects(console, tally)
    title = f"campaign {campaign}: {tally.rows:,} rows in {seconds:.1f} s"
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, number in tally.counts():
        if number or name in {"queued", "already_there"}:
            table.add_row(name.replace("_", " "), f"{number:,}", style="bold" * (name == "queued"))
        if name == "rejected":
            for kind, count in tally.rejected.most_common():
                table.add_row(f"  {escape(printable(kind))}", f"{count:,}", style="dim")
    table.columns[1].justify = "right"
    console.print(table)
    if tally.already_there == tally.rows:
        said = "Nothing was added: every recipient is in the campaign already."
        console.print(said, highlight=False)


def _show_rejects(console: Console, tally: Tally) -> None:
    for reject in tally.listed:
        console.print(
            printable(str(reject)), style="yellow", markup=False, highlight=False, soft_wrap=True
        )
    left_out = tally.not_taken - len(tally.listed)
    if left_out > 0:
        said = f"… and {left_out:,} more; --rejects FILE writes all of them."
        console.print(said, style="yellow", highlight=False)


def as_json(tally: Tally, *, campaign: str, account: str) -> dict[str, Any]:
    """The summary as `--json` prints it."""
    return {
        "campaign": campaign,
        "account": account,
        **dict(tally.counts()),
        "rejected_by_reason": dict(tally.rejected),
        "rejects": [_fields(reject) for reject in tally.listed],
        "rejects_left_out": tally.not_taken - len(tally.listed),
    }


def _fields(reject: Reject) -> dict[str, Any]:
    return {"line": reject.line, "column": reject.column, "reason": reject.reason}


def printable(text: str) -> str:
    """The text without what would steer a terminal: column names come from somebody's file."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
