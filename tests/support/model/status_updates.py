"""What comes of a message that the provider took: status checks, and what is heard of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bulkwire.states import State
from bulkwire.store.status_updates import StatusKind, StatusUpdate
from support.model.holding import Streaks, conclude_by_status
from support.model.moving import move, note, set_record
from support.model.values import ARRIVED, Model, Record, Step, When, put

__all__ = ["claim_checks", "write_status_updates"]

SUCCESS: Final = frozenset({StatusKind.DELIVERED, StatusKind.READ, StatusKind.EMULATED})
LEADS_TO: Final[Mapping[State, frozenset[StatusKind]]] = {
    State.ACCEPTED: SUCCESS | {StatusKind.DEAD, StatusKind.UNCONFIRMED, StatusKind.RESEND},
    State.UNCONFIRMED: SUCCESS | {StatusKind.DEAD},
    State.DELIVERED: frozenset({StatusKind.READ}),
    State.DEAD: frozenset({StatusKind.DELIVERED, StatusKind.READ}),
    State.IN_DOUBT: SUCCESS | {StatusKind.ACCEPTED, StatusKind.DEAD},
    State.QUEUED: SUCCESS,
    State.SCHEDULED: SUCCESS,
    State.SENDING: SUCCESS,
}


def claim_checks(model: Model, most: int) -> Step:
    """Takes the checks that are due; each is due again later."""
    if {"auth", "operator"} & model.holds.keys():
        return Step(model, ((), False))
    found = sorted(one for one, record in model.records.items() if _is_due(record))
    rows = []
    for one in found[:most]:
        record = model.records[one]
        rows.append((one, record.api_id, record.attempts, record.channel, record.status or ""))
        model = set_record(model, one, replace(record, due=When.LATER))
    return Step(model, (tuple(rows), len(found) > most))


def _is_due(record: Record) -> bool:
    return record.state == State.ACCEPTED and record.due == When.NOW


def write_status_updates(model: Model, updates: Sequence[StatusUpdate]) -> Step:
    """Success beats failure, and a failure counts for its own attempt only."""
    streaks = Streaks()
    answer: list[State | None] = []
    for told in updates:
        record = model.records.get(told.id)
        if record is None:
            answer.append(None)
            continue
        model = _apply(model, record, told, streaks)
        if told.suppress:
            model = replace(model, suppressed=model.suppressed | {record.number})
        answer.append(model.records[told.id].state)
    return Step(streaks.written(model), answer)


def _is_own(record: Record, told: StatusUpdate) -> bool:
    # In doubt, the record names the attempt before: any other may be the one in doubt.
    return (record.api_id == told.api_id) != (record.state == State.IN_DOUBT)


def _apply(model: Model, record: Record, told: StatusUpdate, streaks: Streaks) -> Model:
    if told.kind == StatusKind.PENDING:
        if record.state != State.ACCEPTED or record.api_id != told.api_id:
            return model
        pending = replace(record, due=When.LATER, status=told.status or record.status)
        return set_record(model, told.id, pending)
    counts = _is_own(record, told) or told.kind in SUCCESS
    if told.kind not in LEADS_TO.get(record.state, frozenset()) or not counts:
        same = record.api_id == told.api_id and record.status == told.status
        if same or str(record.state) == str(told.kind):
            return model
        return note(model, told.id, "late_status", told.status)
    return _follow(model, record, told, streaks)


def _follow(model: Model, record: Record, told: StatusUpdate, streaks: Streaks) -> Model:
    fields: dict[str, Any] = {"status": told.status, "api_id": told.api_id}
    if told.reason:
        fields["reason"] = told.reason
    if told.kind == StatusKind.RESEND:
        return move(model, told.id, State.SCHEDULED, **fields)
    if told.kind == StatusKind.ACCEPTED:
        return move(model, told.id, State.ACCEPTED, accepted_at=model.tick, **fields)
    if told.kind == StatusKind.DEAD:
        fields |= {"category": told.category or "", "reason": told.reason or told.status}
    model = move(model, told.id, State(told.kind), **fields)
    return _judge(model, record, told, streaks)


def _judge(model: Model, record: Record, told: StatusUpdate, streaks: Streaks) -> Model:
    arrived = State(told.kind) in ARRIVED
    failed = False
    if arrived:
        streaks.succeeded("failed", record.channel)
    elif told.kind == StatusKind.DEAD:
        failed = streaks.failed("failed", record.channel, told.category, told.status)
    model = conclude_by_status(model, record, arrived=arrived, failed=failed)
    if told.pause_campaign and record.campaign:
        model = _pause(model, record.campaign, record.accepted_at)
    return model


def _pause(model: Model, name: str, left_at: int) -> Model:
    campaign = model.campaigns[name]
    if campaign.state != "running" or left_at <= campaign.resumed_at:
        return model
    paused = replace(campaign, state="paused", version=campaign.version + 1)
    return replace(model, campaigns=put(model.campaigns, name, paused))
