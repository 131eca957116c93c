"""What an audit says: for eyes, or as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from bulkwire.states import State
from bulkwire_cli.auditing.audit import AccountAudit
from bulkwire_cli.auditing.counts import SUM, TOTAL
from bulkwire_cli.auditing.faults import Fault, Subject
from bulkwire_cli.auditing.repair import Repairs
from bulkwire_cli.output import make_table

__all__ = ["as_json", "repairs_as_json", "show", "show_repairs", "show_verdict", "verdict"]

IDS_SHOWN: Final = 20
_KINDS: Final = {
    Subject.BATCH: "batch ",
    Subject.READY_LIST: "ready list ",
    Subject.PAGE: "roll page ",
    Subject.COUNT: "count ",
    Subject.HOLD: "hold ",
    Subject.KEY: "key ",
}
"""What stands before an id that is not a message's."""


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
    """What it comes to, in one line."""
    total = sum(audit.found.account.get(TOTAL, 0) for audit in audits)
    if all(audit.ok for audit in audits):
        return f"Audit: true. {total:,} messages, each in exactly one state."
    faults = sum(len(audit.faults) for audit in audits)
    apart = sum(len(audit.differences) for audit in audits)
    return (
        f"Audit: BROKEN. {faults:,} faults, and {apart:,} counts are wrong, of {total:,} messages."
    )


def show_verdict(console: Console, audits: Sequence[AccountAudit]) -> None:
    """Prints the verdict, green or red."""
    ok = all(audit.ok for audit in audits)
    console.print(verdict(audits), style="bold green" if ok else "bold red")


def as_json(audits: Sequence[AccountAudit]) -> dict[str, Any]:
    """The audit as `--json` prints it, with every id that breaks it."""
    return {
        "ok": all(audit.ok for audit in audits),
        "accounts": {audit.account: _account(audit) for audit in audits},
    }


def _account(audit: AccountAudit) -> dict[str, Any]:
    return {
        "ok": audit.ok,
        "counts": _nonzero(audit.kept.account),
        "found": _nonzero(audit.found.account),
        "campaigns": {
            name: {
                "counts": _nonzero(counts),
                "found": _nonzero(audit.found.campaigns.get(name, {})),
            }
            for name, counts in audit.kept.campaigns.items()
        },
        "wrong": [_fault(fault) for fault in audit.faults],
        "differences": [
            {"campaign": campaign or None, "count": name, "too_many": number}
            for (campaign, name), number in audit.differences.items()
        ],
        "moving": sorted(audit.moving),
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"id": fault.id, "what": fault.what, "subject": fault.subject}


def _nonzero(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: n for name, n in counts.items() if n}


def _rows(audit: AccountAudit) -> Iterator[tuple[str, int, int]]:
    for name in (*map(str, State), TOTAL):
        counted, found = audit.kept.account.get(name, 0), audit.found.account.get(name, 0)
        if counted or found or name == TOTAL:
            yield name, counted, found


def _complaints(audit: AccountAudit) -> Iterator[str]:
    for (campaign, name), number in audit.differences.items():
        whose = f"campaign {campaign}" if campaign else "the account"
        word = "too many" if number > 0 else "too few"
        what = "the states add up to" if name == SUM else f"its count of {name} has"
        yield f"{whose}: {what} {abs(number):,} {word}"
    yield from _named(audit.faults)


def _named(faults: Sequence[Fault]) -> Iterator[str]:
    for fault in faults[:IDS_SHOWN]:
        yield f"{_KINDS.get(fault.subject, '')}{fault.id}: {fault.what}"
    if len(faults) > IDS_SHOWN:
        yield f"… and {len(faults) - IDS_SHOWN:,} more; --json names all of them."


def show_repairs(
    console: Console, account: str, repairs: Repairs, audit: AccountAudit, *, dry_run: bool
) -> None:
    """Prints what was put right, or would be, and why the rest was not."""
    done, corrected = ("would repair", "would become") if dry_run else ("repaired", "is now")
    if not repairs:
        console.print(
            f"Account {account}: nothing to repair."
            if audit.ok
            else f"Account {account}: nothing of it can be repaired."
        )
    for line in _named(repairs.faults):
        console.print(Text(f"{done} {line}"), soft_wrap=True)
    for one in repairs.counts:
        whose = f"campaign {one.campaign}" if one.campaign else "the account"
        line = f"{whose}: its count of {one.name} {corrected} {one.right:,}, not {one.seen:,}"
        console.print(Text(line), soft_wrap=True)
    for line in _why_not(repairs, audit, dry_run=dry_run):
        console.print(Text(line), soft_wrap=True)


def _why_not(repairs: Repairs, audit: AccountAudit, *, dry_run: bool) -> Iterator[str]:
    found = {fault.subject for fault in audit.faults}
    if Subject.LOST in found:
        yield "What has no record any more cannot be repaired: who it was for, nobody knows."
    if Subject.RECORD in found:
        yield "Records that are broken are left alone, and not sent: put right what they name."
    if Subject.KEY in found:
        yield "Nothing is repaired while a key is of another type: restore it, or delete it."
    if dry_run and repairs.faults and audit.differences:
        yield "The counts come after these: what is right shows when nothing else is wrong."
    elif audit.differences and not audit.corrections:
        yield (
            "Counts are corrected only at rest: stop sending with `bulkwire hold place`, "
            "then repair again."
        )


def repairs_as_json(repairs: Repairs) -> dict[str, Any]:
    """What was put right, or would be, as `--json` prints it."""
    return {
        "repaired": [_fault(fault) for fault in repairs.faults],
        "corrected": [
            {"campaign": one.campaign or None, "count": one.name, "was": one.seen, "is": one.right}
            for one in repairs.counts
        ],
    }
