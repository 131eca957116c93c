"""What applications, operators and upkeep do: take in, cancel, redrive, discard, archive."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from bulkwire.states import OnDoubt, Priority, State
from bulkwire.store.enqueueing import Enqueued, NewRecord
from bulkwire.store.steering import Standing
from support.model.moving import add_event, move, set_record
from support.model.values import ARRIVED, Campaign, Model, Record, Step, When, put, without

__all__ = [
    "archive", "cancel", "discard", "enqueue", "move_due", "open_campaign", "redrive", "resolve",
    "slow_down", "steer_campaign",
]  # fmt: skip
WAITING = frozenset({State.QUEUED, State.SCHEDULED})
ARCHIVABLE = ARRIVED | {State.UNCONFIRMED, State.CANCELLED, State.SUPPRESSED, State.DEAD}


def enqueue(model: Model, new: NewRecord, *, token: str, quota: int, roll: str) -> Step:
    """Takes a message in, unless its id is known. Its `send_at`, if any, is in the future."""
    known = model.records.get(new.id)
    if known:
        if known.token == token:
            state = State(known.history.split("\n")[0].split(" ")[1])
            return Step(model, Enqueued(created=True, state=state, conflict=False))
        conflict = known.fingerprint != new.fingerprint
        return Step(model, Enqueued(created=False, state=known.state, conflict=conflict))
    if quota and sum(r.state in WAITING for r in model.records.values()) >= quota:
        return Step(model, "full")
    record = Record(
        State.QUEUED, new.recipient, new.channel, new.priority, new.campaign, roll, token,
        new.fingerprint, OnDoubt(new.on_doubt),
        expiry=When.NEVER if new.validity_ms is None else When.LATER,
    )  # fmt: skip
    state = State.QUEUED if new.send_at_ms is None else State.SCHEDULED
    if model.opted_out(record):
        state = State.SUPPRESSED
    if new.campaign and new.campaign not in model.campaigns:
        model = replace(model, campaigns=put(model.campaigns, new.campaign, Campaign()))
    model = move(set_record(model, new.id, record), new.id, state)
    return Step(model, Enqueued(created=True, state=state, conflict=False))


def move_due(model: Model) -> Step:
    """Makes what is due ready."""
    moved = 0
    for priority in Priority:
        for one, record in sorted(model.records.items()):
            if record.state != State.SCHEDULED or record.due != When.NOW:
                continue
            if record.priority != priority:
                continue
            if record.expiry == When.NOW:
                model = move(model, one, State.DEAD, reason="validity_over", category="expired")
            else:
                model = move(model, one, State.QUEUED, reason="due")
                moved += 1
    left = any(r.state == State.SCHEDULED for r in model.records.values())
    return Step(model, (moved, False, left))


def cancel(model: Model, message_id: str, seen: Standing) -> Step:
    """Cancels what waits where it was seen."""
    record = model.records.get(message_id)
    if record is None:
        return Step(model, None)
    if seen.waits and seen == Standing(record.state, record.turn):
        model = move(model, message_id, State.CANCELLED, reason="cancelled")
    return Step(model, Standing(model.records[message_id].state, record.turn))


def redrive(model: Model, letters: Sequence[tuple[str, int]], *, force: bool) -> Step:
    """Sends dead letters back, as they were seen."""
    answer = {}
    for one, turn in letters:
        why_not = _refusal(model, model.records.get(one), turn, force=force)
        answer[one] = why_not or "queued"
        if why_not is None:
            model = move(
                model, one, State.QUEUED, reason="redriven", attempts=0, refusals=0, lapses=0,
                alone=False,
            )  # fmt: skip
    return Step(model, answer)


def _refusal(model: Model, record: Record | None, turn: int, *, force: bool) -> str | None:
    if record is None:
        return "unknown"
    if record.state != State.DEAD or record.turn != turn:
        again = record.state == State.QUEUED and record.turn == turn + 1
        return "queued" if again else "not_dead"
    if record.discarded:
        return "discarded"
    if record.category == "recipient" and not force:
        return "recipient"
    if record.expiry == When.NOW:
        return "expired"
    return "opted_out" if model.opted_out(record) else None


def discard(model: Model, letters: Sequence[tuple[str, int]]) -> Step:
    """Gives dead letters up, as they were seen."""
    answer = {}
    for one, turn in letters:
        record = model.records.get(one)
        if record is None:
            answer[one] = "unknown"
        elif record.state != State.DEAD or record.turn != turn:
            answer[one] = "not_dead"
        else:
            answer[one] = "discarded"
            if not record.discarded:
                model = add_event(model, one, "discarded", "given up by an operator")
                given_up = replace(model.records[one], discarded=True, listed=False)
                model = set_record(model, one, given_up)
    return Step(model, answer)


def resolve(model: Model, doubts: Sequence[tuple[str, str]], *, resend: bool) -> Step:
    """Decides what is in doubt since the batch that was seen."""
    for one, batch in doubts:
        record = model.records.get(one)
        if record is None or record.state != State.IN_DOUBT or record.batch != batch:
            continue
        if resend:
            model = move(model, one, State.QUEUED, reason="resent by an operator", resent=True)
        else:
            about: dict[str, Any] = {"reason": "discarded_in_doubt", "category": "undelivered"}
            model = move(model, one, State.DEAD, discarded=True, **about)
            model = set_record(model, one, replace(model.records[one], listed=False))
    records = {one: model.records.get(one) for one, _ in doubts}
    return Step(model, {one: record.state if record else None for one, record in records.items()})


def open_campaign(model: Model, name: str, salt: str) -> Step:
    """Finds a campaign or creates it; the first salt stays."""
    campaign = model.campaigns.get(name, Campaign())
    campaign = replace(campaign, salt=campaign.salt or salt)
    model = replace(model, campaigns=put(model.campaigns, name, campaign))
    return Step(model, (campaign.salt, campaign.state, campaign.salt == salt))


def steer_campaign(
    model: Model, name: str, version: int, wanted: Literal["paused", "running"]
) -> Step:
    """Pauses or resumes a campaign, as it was seen."""
    campaign = model.campaigns[name]
    comes_from = "running" if wanted == "paused" else "paused"
    if campaign.version != version or campaign.state != comes_from:
        done = campaign.version == version + 1 and campaign.state == wanted
        return Step(model, (campaign.state, done))
    steered = replace(campaign, state=wanted, version=version + 1)
    if wanted == "running":
        steered = replace(steered, resumed_at=model.tick)
    return Step(replace(model, campaigns=put(model.campaigns, name, steered)), (wanted, True))


def archive(model: Model, roll: str, *, at_once: bool) -> Step:
    """Archives what is final, of one roll."""
    mine = {one: record for one, record in model.records.items() if record.roll == roll}
    due = [one for one, record in mine.items() if at_once and record.state in ARCHIVABLE]
    for one in due:
        campaign = mine[one].campaign or ""
        archived = put(model.archived, campaign, model.archived.get(campaign, 0) + 1)
        model = replace(model, archived=archived, records=without(model.records, one))
    return Step(model, (len(due), len(mine) - len(due)))


def slow_down(model: Model, batch: str, attempt: int) -> Step:
    """Notes a refusal for coming too fast. Rates follow the clock, and are not modelled."""
    known = model.batches.get(batch)
    if known is None or (known.slowed or 0) >= attempt:
        return Step(model, answer=False)
    slowed = replace(known, slowed=attempt)
    return Step(replace(model, batches=put(model.batches, batch, slowed)), answer=False)
