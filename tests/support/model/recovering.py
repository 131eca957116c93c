"""Leases that lapse, servers that come back, and workers that say again what they sent."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from bulkwire.states import Channel, State
from support.model.moving import fall_in_doubt, move, return_unsent
from support.model.values import (
    ARRIVED,
    Batch,
    Hold,
    Model,
    Record,
    Round,
    Step,
    When,
    put,
    without,
)

__all__ = ["reap", "reassert", "recover"]

BATCHES: Final = 2
ALONE_AFTER: Final = 3
DEAD_AFTER: Final = 5


def recover(model: Model) -> Model:
    """Another server: every lease gets a fresh term, and nobody claims for one."""
    batches = {name: replace(batch, lapsed=False) for name, batch in model.batches.items()}
    hold = Hold("recovering", None, model.tick, ends=When.LATER)
    holds = put(model.holds, "recovering", hold)
    return replace(model, batches=batches, holds=holds, server_changed=False)


def reap(model: Model) -> Step:
    """Takes back what lapsed leases held, unless nobody could have renewed them."""
    if model.server_changed:
        return _reaped(recover(model))
    if model.last_round == Round.LONG_AGO:
        return _reaped(_with_fresh_terms(model))
    if model.last_round == Round.AHEAD:
        return _reaped(model)
    recovering = model.holds.get("recovering")
    if recovering and recovering.ends == When.LATER:
        return Step(replace(model, last_round=Round.LATELY), (0, 0, False, bool(model.batches)))
    if recovering:
        model = replace(model, holds=without(model.holds, "recovering"))
    doubted = returned = 0
    for name in reversed(_lapsed(model)[:BATCHES]):
        batch = model.batches[name]
        for one in reversed(batch.ids):
            record = model.records.get(one)
            if record is None or record.state != State.SENDING or record.batch != name:
                continue
            if batch.departed is not None and one in (batch.leaving or batch.ids):
                model = fall_in_doubt(model, one, "lease_lapsed", batch.departed)
                doubted += 1
            else:
                model = _take_back(model, one)
                returned += 1
        model = replace(model, batches=without(model.batches, name))
    return _reaped(model, doubted, returned)


def _lapsed(model: Model) -> list[str]:
    return sorted(name for name, batch in model.batches.items() if batch.lapsed)


def _reaped(model: Model, doubted: int = 0, returned: int = 0) -> Step:
    answer = doubted, returned, bool(_lapsed(model)), bool(model.batches)
    return Step(replace(model, last_round=Round.LATELY), answer)


def _with_fresh_terms(model: Model) -> Model:
    batches = {
        name: replace(batch, lapsed=False, prolonged=True)
        if batch.lapsed and not batch.prolonged
        else batch
        for name, batch in model.batches.items()
    }
    return replace(model, batches=batches)


def _take_back(model: Model, message_id: str) -> Model:
    record = model.records[message_id]
    lapses = record.lapses + 1
    if lapses >= DEAD_AFTER:
        about: dict[str, Any] = {"reason": "worker_lost", "category": "exhausted"}
        return move(model, message_id, State.DEAD, lapses=lapses, **about)
    alone = record.alone or lapses >= ALONE_AFTER
    return return_unsent(
        model, message_id, later=False, reason="lease_lapsed", lapses=lapses, alone=alone
    )


def reassert(
    model: Model, batch: str, channel: Channel, campaign: str, turns: Mapping[str, int], *,
    trial: bool, departed: int,
) -> Step:  # fmt: skip
    """Messages whose record is older than the claim are being sent again, under its batch."""
    set_right = 0
    for one, turn in turns.items():
        record = model.records.get(one)
        if record and _has_forgotten(record, batch, turn):
            event = f"batch {batch[:8]} said again"
            about: dict[str, Any] = {"batch": batch, "turn": turn, "discarded": False}
            model = move(model, one, State.SENDING, event=event, **about)
            set_right += 1
    records = [model.records.get(one) for one in turns]
    if any(r and r.state == State.SENDING and r.batch == batch for r in records):
        known = model.batches.get(batch) or Batch(
            (), channel, campaign, trial, claimed_at=model.tick, said_again=True
        )
        is_whole = not known.ids or (known.departed is not None and not known.leaving)
        known = replace(known, ids=_joined(known.ids, turns))
        if departed > (known.ended or 0):
            leaving = () if is_whole else _joined(known.leaving, turns)
            departed = max(departed, known.departed or 0)
            known = replace(known, departed=departed, leaving=leaving)
        model = replace(model, batches=put(model.batches, batch, known))
    return Step(model, (set_right, records.count(None)))


def _joined(known: tuple[str, ...], told: Iterable[str]) -> tuple[str, ...]:
    return (*known, *(one for one in told if one not in known))


def _has_forgotten(record: Record, batch: str, turn: int) -> bool:
    if record.state in ARRIVED:
        return False
    cancelled = record.state == State.CANCELLED and record.batch != batch
    waited = cancelled or record.state == State.QUEUED
    return record.turn < turn or (record.turn == turn and waited)
