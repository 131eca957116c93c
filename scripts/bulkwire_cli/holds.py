"""Holds as `status` and `hold list` give them: for machines and for eyes."""

from datetime import UTC, datetime
from typing import Final

from rich.table import Table

from bulkwire.store.steering import Hold, HoldReason
from bulkwire_cli.output import make_table, span

__all__ = ["AccountHold", "hold_document", "hold_table"]

LIFTED_BY: Final = {
    HoldReason.BALANCE: "a balance that has risen, then a message that is accepted",
    HoldReason.AUTH: "a new API key in the workers' settings, or a message that gets through",
    HoldReason.REFUSED: "a message that gets through",
    HoldReason.RATE: "a message that gets through",
    HoldReason.OPERATOR: "bulkwire hold lift",
    HoldReason.RECOVERING: "itself, after one lease",
}
BREAKER_LIFTED_BY: Final = {
    "rejected": "a message that is accepted",
    "failed": "a message that is delivered",
}

SENTENCES: Final = ("why", "what lifts it")

AccountHold = tuple[str, Hold]
"""An account and a hold of it."""


def hold_document(account: str, hold: Hold) -> dict[str, object]:
    """A hold for machines. `hold` is the name that `hold lift` takes."""
    return {
        "account": account,
        "hold": hold.field,
        "reason": hold.reason,
        "channel": hold.channel,
        "since": _time(hold.since_ms),
        "why": hold.why,
        "by": hold.by,
        "lifted_by": _lifted_by(hold),
        "ends_at": None if hold.ends_at_ms is None else _time(hold.ends_at_ms),
        "next_trial": None if hold.probe_at_ms is None else _time(hold.probe_at_ms),
        "failed_trials": hold.streak,
        "balance": hold.balance,
        "redrive_on_lift": hold.redrive,
    }


def hold_table(holds: list[AccountHold], *, narrow: bool = False) -> Table:
    """Holds for eyes; `narrow` leaves out who and when, and says for how long each has stood."""
    if narrow:
        return _narrow_table(holds)
    rows = [
        (
            account,
            hold.field,
            _time(hold.since_ms),
            hold.why,
            hold.by,
            _lifted_by(hold),
            None if hold.probe_at_ms is None else _time(hold.probe_at_ms),
        )
        for account, hold in holds
    ]
    columns = ("account", "hold", "since", "why", "by", "what lifts it", "next trial")
    return make_table(*columns, rows=rows, title="Holds", giving_way=SENTENCES)


def _narrow_table(holds: list[AccountHold]) -> Table:
    now = datetime.now(UTC)
    rows = [
        (
            account,
            hold.field,
            span((now - _time(hold.since_ms)).total_seconds()),
            hold.why,
            _lifted_by(hold),
        )
        for account, hold in holds
    ]
    columns = ("account", "hold", "for", "why", "what lifts it")
    return make_table(*columns, rows=rows, title="Holds", giving_way=SENTENCES, tight=True)


def _lifted_by(hold: Hold) -> str:
    """What lifts it without anybody's doing, and what happens then."""
    what = BREAKER_LIFTED_BY[hold.breaker] if hold.breaker else LIFTED_BY[hold.reason]
    return f"{what}; then what it rejected goes out again" if hold.redrive else what


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
