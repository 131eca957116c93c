"""What the demo says in the end."""

from typing import Final

from rich.console import Console
from rich.text import Text

from bulkwire_cli.auditing.report import show as show_audit
from bulkwire_cli.auditing.report import verdict
from bulkwire_cli.demo.evidence import Evidence
from bulkwire_cli.output import make_table
from bulkwire_cli.reconciliation.comparison import Comparison

__all__ = ["show"]

DISAGREEMENTS_SHOWN: Final = 20


def show(console: Console, evidence: Evidence) -> None:
    """Prints the report."""
    if evidence.dead:
        rows = [(*why, number) for why, number in evidence.dead.most_common()]
        table = make_table("category", "reason", "messages", rows=rows, title="Dead letters")
        console.print(table)
    show_audit(console, evidence.audit)
    batches = evidence.batches
    full = batches.histogram.get(100, 0)
    speed = (
        "too short a run to tell a speed"
        if evidence.messages_per_s is None
        else f"{evidence.messages_per_s:,.0f} messages per second until 99 % were accepted"
    )
    console.print(
        f"Sending: {batches.count:,} requests of {batches.mean:.1f} messages on average "
        f"({full:,} of them full, with 100); {speed}; "
        f"everything settled after {evidence.seconds:.1f} s.",
        soft_wrap=True,
    )
    _verdict(console, verdict([evidence.audit]), ok=evidence.audit.ok)
    _verdict(console, _ledger(evidence.comparison), ok=evidence.comparison.ok)
    for line in evidence.comparison.disagreements[:DISAGREEMENTS_SHOWN]:
        console.print(Text(f"  {line}", style="red"), soft_wrap=True)


def _verdict(console: Console, text: str, *, ok: bool) -> None:
    console.print(Text(text, style="bold green" if ok else "bold red"), soft_wrap=True)


def _ledger(comparison: Comparison) -> str:
    if not comparison.ok:
        number = len(comparison.disagreements)
        return f"Provider's ledger: DISAGREES with our records in {number:,} places."
    doubt = (
        f" Of {comparison.in_doubt:,} in doubt, the provider had taken "
        f"{comparison.in_doubt_taken:,}; none was sent again."
        if comparison.in_doubt
        else ""
    )
    return (
        f"Provider's ledger: agrees. {comparison.reached:,} of {comparison.recipients:,} recipients"
        f" were reached, nobody received two, nobody is missing.{doubt}"
    )
