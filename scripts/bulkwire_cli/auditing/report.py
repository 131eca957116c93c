"""What an audit says: for eyes, or as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from bulkwire.states import State
from bulkwire_cli.auditing.audit import AccountAudit
from bulkwire_cli.auditing.books import SUM, TOTAL
from bulkwire_cli.output import make_table

__all__ = ["as_json", "show", "verdict"]

IDS_SHOWN: Final = 20


def show(console: Console, audit: AccountAudit) -> None:
    """Prints the states, then what breaks the promise."""
    table = make_table(
        "state", "counted", "found", rows=_rows(audit), title=f"Account {audit.account}"
    )
    console.print(table)
    for line in _complaints(audit):
        console.print(Text(line, style="red"), soft_wrap=True)
    if audit.moving:
        names = ", ".join(sorted(audit.moving))
        console.print(f"Messages are moving: {names} could not be compared; audit again at rest.")


def verdict(audits: Sequence[AccountAudit]) -> str:
    """The last line."""
    total = sum(audit.found.account.get(TOTAL, 0) for audit in audits)
    if all(audit.ok for audit in audits):
        return f"Audit: true. {total:,} messages, each in exactly one state."
    faults = sum(len(audit.faults) for audit in audits)
    apart = sum(len(audit.differences) for audit in audits)
    return (
        f"Audit: BROKEN. {faults:,} messages and {apart:,} counts are wrong, of {total:,} messages."
    )


def as_json(audits: Sequence[AccountAudit]) -> dict[str, Any]:
    """The audit as `--json` prints it, with every id that breaks it."""
    return {
        "ok": all(audit.ok for audit in audits),
        "accounts": {audit.account: _account(audit) for audit in audits},
    }


def _account(audit: AccountAudit) -> dict[str, Any]:
    return {
        "ok": audit.ok,
        "counts": _nonzero(audit.books.account),
        "found": _nonzero(audit.found.account),
        "campaigns": {
            name: {
                "counts": _nonzero(counts),
                "found": _nonzero(audit.found.campaigns.get(name, {})),
            }
            for name, counts in audit.books.campaigns.items()
        },
        "wrong": [{"id": fault.id, "what": fault.what} for fault in audit.faults],
        "differences": [
            {"campaign": campaign or None, "count": name, "too_many": number}
            for (campaign, name), number in audit.differences.items()
        ],
        "moving": sorted(audit.moving),
    }


def _nonzero(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: n for name, n in counts.items() if n}


def _rows(audit: AccountAudit) -> Iterator[tuple[str, int, int]]:
    for name in (*map(str, State), TOTAL):
        counted, found = audit.books.account.get(name, 0), audit.found.account.get(name, 0)
        if counted or found or name == TOTAL:
            yield name, counted, found


def _complaints(audit: AccountAudit) -> Iterator[str]:
    for (campaign, name), number in audit.differences.items():
        whose = f"campaign {campaign}" if campaign else "the account"
        word = "too many" if number > 0 else "too few"
        what = "the states add up to" if name == SUM else f"its count of {name} has"
        yield f"{whose}: {what} {abs(number):,} {word}"
    for fault in audit.faults[:IDS_SHOWN]:
        yield f"{fault.id}: {fault.what}"
    if len(audit.faults) > IDS_SHOWN:
        yield f"… and {len(audit.faults) - IDS_SHOWN:,} more; --json names all of them."
