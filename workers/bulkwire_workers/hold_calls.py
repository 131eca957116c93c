"""From what a decision asks for to a hold that stands."""

from typing import Final

from bulkwire.store.call import Call
from bulkwire.store.steering import HoldReason, RanInto, place_hold
from bulkwire_workers.decisions.values import HoldRequest
from bulkwire_workers.provider_lines import Line

__all__ = ["hold_call"]

PROBE_IN_MS: Final = {
    HoldReason.AUTH: 60_000,
    HoldReason.REFUSED: 5_000,
    HoldReason.RATE: 5_000,
    HoldReason.BALANCE: None,  # upkeep watches the balance and says when to try
}
"""When a single message is tried; a trial that fails doubles it."""


def hold_call(line: Line, hold: HoldRequest, *, comes_from: RanInto | int) -> Call[bool]:
    """Places the hold that a decision asks for, or counts towards it; True where it is new."""
    reason = HoldReason(hold.reason)
    probe_in_ms = PROBE_IN_MS[reason]
    if hold.for_s is not None and probe_in_ms is not None:
        probe_in_ms = max(probe_in_ms, round(hold.for_s * 1000))
    return place_hold(
        line.keys,
        reason,
        comes_from=comes_from,
        why=hold.why,
        by="worker",
        channel=hold.channel,
        probe_in_ms=probe_in_ms,
        key=line.key_fingerprint if reason is HoldReason.AUTH else None,
        redrive=line.redrive_on_lift and reason is HoldReason.BALANCE,
        after=hold.after,
    )
