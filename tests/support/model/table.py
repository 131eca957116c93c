"""The table of states, and what a batch may hold: rules that the model itself has to keep."""

from collections.abc import Mapping, Sequence
from typing import Final

from bulkwire.states import State
from support.model.holding import gate
from support.model.values import ARRIVED, Model, When

__all__ = ["forbidden_batch", "forbidden_moves"]

LEADS_TO: Final[Mapping[State | None, frozenset[State]]] = {
    None: frozenset({State.QUEUED, State.SCHEDULED, State.SUPPRESSED}),
    State.SCHEDULED: ARRIVED | {State.QUEUED, State.CANCELLED, State.DEAD, State.ACCEPTED},
    State.QUEUED: ARRIVED
    | {State.SENDING, State.CANCELLED, State.DEAD, State.SUPPRESSED, State.ACCEPTED},
    State.SENDING: ARRIVED
    | {State.QUEUED, State.SCHEDULED, State.ACCEPTED, State.DEAD, State.IN_DOUBT}
    | {State.CANCELLED},
    State.ACCEPTED: ARRIVED | {State.SCHEDULED, State.DEAD, State.UNCONFIRMED},
    State.IN_DOUBT: ARRIVED
    | {State.QUEUED, State.SCHEDULED, State.ACCEPTED, State.DEAD, State.CANCELLED},
    State.DEAD: frozenset({State.QUEUED, State.DELIVERED, State.READ}),
    State.UNCONFIRMED: ARRIVED | {State.DEAD},
    State.DELIVERED: frozenset({State.READ}),
    State.READ: frozenset(),
    State.EMULATED: frozenset(),
    State.CANCELLED: frozenset(),
    State.SUPPRESSED: frozenset(),
}
KEPT: Final = frozenset(
    {State.SCHEDULED, State.QUEUED, State.SENDING, State.ACCEPTED, State.IN_DOUBT}
)
"""States whose records stay, however old they are."""


def forbidden_moves(before: Model, after: Model, *, said_again: bool) -> list[str]:
    """Where one command took a message and may not have.

    `said_again`: a worker said what the store forgot, so its record may follow from anywhere.
    """
    wrong = []
    for one in before.records.keys() | after.records.keys():
        old = before.records[one].state if one in before.records else None
        new = after.records[one].state if one in after.records else None
        if old == new or (said_again and new == State.SENDING and old not in ARRIVED):
            continue
        if new is None and old in KEPT:
            wrong.append(f"{one}: {old}, and archived")
        if new is not None and new not in LEADS_TO[old]:
            wrong.append(f"{one}: {old} → {new}")
    return wrong


def forbidden_batch(before: Model, ids: Sequence[str]) -> list[str]:
    """Why these may not have been claimed together."""
    records = [before.records[one] for one in ids]
    wrong = [
        f"{one}: {record.state}, validity over {record.expiry}"
        for one, record in zip(ids, records, strict=True)
        if record.state != State.QUEUED or record.expiry == When.NOW or before.opted_out(record)
    ]
    first = records[0]
    if len({record.recipient for record in records}) < len(records):
        wrong.append("a recipient stands twice in it")
    if len({record.place for record in records}) > 1:
        wrong.append("it mixes priorities, channels or campaigns")
    if len(records) > 1 and any(record.alone for record in records):
        wrong.append("one of it has to travel alone")
    verdict = gate(before, first.channel)
    if verdict.startswith("shut") or not before.runs(first.campaign or ""):
        wrong.append("it is held, or its campaign does not run")
    if verdict == "trial" and len(records) > 1:
        wrong.append("a trial is a single message")
    return wrong
