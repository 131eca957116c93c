"""A message on its way out: claim, depart, recall, renew, settle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Priority, State
from support.model.holding import Proof, Streaks, conclude_trial, gate, start_trial
from support.model.moving import fall_in_doubt, move, note, return_unsent
from support.model.recovering import recover
from support.model.values import Batch, Model, Place, Record, Step, When, put, without

__all__ = ["PAYLOAD", "claim", "claimable", "depart", "recall", "renew", "settle"]

PAYLOAD = "{}"


def claim(
    model: Model, batch: str, *, most: int, most_bytes: int, order: Sequence[Priority]
) -> list[Step]:
    """Leases a batch from any of the lists whose turn it may be."""
    known = model.batches.get(batch)
    if known:
        ids = [one for one in known.ids if _is_sent_by(model, one, batch)]
        return [Step(model, _described(model, batch, ids))]
    if model.server_changed:
        return [Step(recover(model), "again")]
    recovering = model.holds.get("recovering")
    if recovering and recovering.ends == When.LATER:
        return [Step(model, "again"), Step(model, "empty")]
    waits, may_wait = False, False
    for priority in order:
        verdicts = {
            p: gate(model, p[1]) for p in model.ready if p[0] == priority and model.ready[p]
        }
        open_places = [p for p, v in verdicts.items() if not v.startswith("shut")]
        served = [p for p in open_places if model.runs(p[2])]
        if served:
            terms = {p: 1 if verdicts[p] == "trial" else most for p in served}
            return [_serve(model, batch, p, terms[p], most_bytes) for p in served]
        shut = [p for p, verdict in verdicts.items() if verdict == "shut"]
        waits = waits or any(model.runs(p[2]) for p in shut)
        may_wait = may_wait or bool(shut)
    # A campaign that was cancelled may have left a turn behind, or not.
    words = ["again"] if waits else ["again", "empty"] if may_wait else ["empty"]
    return [Step(model, word) for word in words]


def claimable(model: Model) -> Step:
    """Whether a claim would yield something."""

    def goes_out(record: Record | None) -> bool:
        if record is None or record.state != State.QUEUED:
            return False
        return record.expiry != When.NOW and not model.opted_out(record)

    found = any(
        goes_out(model.records.get(one))
        for place, ids in model.ready.items()
        if model.runs(place[2]) and not gate(model, place[1]).startswith("shut")
        for one in ids
    )
    return Step(model, found)


def _is_sent_by(model: Model, message_id: str, batch: str) -> bool:
    record = model.records.get(message_id)
    return record is not None and record.state == State.SENDING and record.batch == batch


def _described(model: Model, batch: str, ids: Sequence[str]) -> Any:
    if not ids:
        return "ready"
    known = model.batches[batch]
    rows = []
    for one in ids:
        r = model.records[one]
        left = r.expiry != When.NEVER
        rows.append((one, r.priority, r.campaign or "", r.turn, r.attempts, r.refusals, left))
    return known.channel, known.trial, tuple(rows)


@dataclass
class _Look:
    picks: list[str]
    drops: dict[str, tuple[State, dict[str, Any]]]
    twice: list[str]
    taken: int = 0


def _look(model: Model, place: Place, wanted: int, most_bytes: int) -> _Look:
    look = _Look([], {}, [])
    recipients: set[str] = set()
    seen: set[str] = set()
    for one in model.ready[place]:
        record = model.records.get(one)
        is_full = False
        if one in seen or record is None or record.state != State.QUEUED:
            pass
        elif record.expiry == When.NOW:
            look.drops[one] = State.DEAD, {"reason": "validity_over", "category": "expired"}
        elif model.opted_out(record):
            look.drops[one] = State.SUPPRESSED, {"reason": "opted_out"}
        elif record.recipient in recipients:
            look.twice.append(one)
        else:
            size = (len(PAYLOAD) + 64) * (len(look.picks) + 1)
            if look.picks and (record.alone or size > most_bytes):
                break
            recipients.add(record.recipient)
            look.picks.append(one)
            is_full = len(look.picks) >= wanted or record.alone
        seen.add(one)
        look.taken += 1
        if is_full:
            break
    return look


def _serve(model: Model, batch: str, place: Place, wanted: int, most_bytes: int) -> Step:
    look = _look(model, place, wanted, most_bytes)
    left = (*look.twice, *model.ready[place][look.taken :])
    trial = gate(model, place[1]) == "trial"
    model = replace(model, ready=put(model.ready, place, left))
    for one, (state, about) in look.drops.items():
        model = move(model, one, state, **about)
    if not look.picks:
        return Step(model, "ready")
    if trial:
        model = start_trial(model, place[1], batch)
    for one in look.picks:
        model = move(model, one, State.SENDING, event=f"batch {batch[:8]}", batch=batch)
    leased = Batch(tuple(look.picks), place[1], place[2], trial, model.tick)
    model = replace(model, batches=put(model.batches, batch, leased))
    return Step(model, _described(model, batch, look.picks))


def depart(model: Model, batch: str, attempt: int, part: Sequence[str]) -> Step:
    """Writes that the request may have left, if it may."""
    known = model.batches.get(batch)
    if known is None or known.lapsed or known.said_again:
        return Step(model, "lost")
    campaign = model.campaigns.get(known.campaign)
    if campaign and campaign.state == "cancelled":
        return Step(model, "cancelled")
    verdict = gate(model, known.channel)
    recovering = model.holds.get("recovering")
    if recovering and recovering.ends == When.LATER:
        return Step(model, "held")
    held = verdict == "shut for people" or (verdict != "open" and not known.trial)
    if held or not model.runs(known.campaign):
        return Step(model, "held")
    if attempt > (known.ended or 0):
        gone = replace(known, departed=attempt, leaving=tuple(part))
        model = replace(model, batches=put(model.batches, batch, gone))
    return Step(model, "go")


def recall(model: Model, batch: str, attempt: int) -> Step:
    """Takes "may have left" back."""
    known = model.batches.get(batch)
    if known is None:
        return Step(model, answer=False)
    ended = _with_ended(known, attempt)
    return Step(replace(model, batches=put(model.batches, batch, ended)), answer=True)


def _with_ended(batch: Batch, attempt: int) -> Batch:
    """Nothing of an attempt, or of one before, is on the wire any more."""
    batch = replace(batch, ended=max(batch.ended or 0, attempt))
    if batch.departed is not None and batch.departed > attempt:
        return batch
    return replace(batch, departed=None, leaving=())


def renew(model: Model, batches: Sequence[str]) -> Step:
    """Which leases still run."""
    known = {one: model.batches.get(one) for one in batches}
    return Step(model, {one: bool(b and not b.lapsed) for one, b in known.items()})


def settle(model: Model, batch: str, attempt: int, outcomes: Mapping[str, Outcome]) -> Step:
    """Writes what became of each message; the last one first, so that those that return to the
    front of their list stand there in their old order."""
    known = model.batches.get(batch)
    streaks, failed = Streaks(), False
    proof: Proof | None = None
    for one, outcome in reversed(list(outcomes.items())):
        record = model.records.get(one)
        if record is None:
            continue
        if not _applies(record, batch, outcome):
            model = _note_late(model, one, batch, outcome)
            continue
        model = _settle_one(model, one, known, attempt, outcome)
        if isinstance(outcome, Accepted):
            streaks.succeeded("rejected", record.channel)
            proof = "accepted"
        if isinstance(outcome, Rejected):
            own: Proof = "refused" if outcome.category == "account" else "answered"
            proof = proof or own
            about = outcome.category, outcome.reason
            failed = streaks.failed("rejected", record.channel, *about) or failed
    answer = {one: model.records[one].state if one in model.records else None for one in outcomes}
    if known and known.trial and proof:
        model = conclude_trial(model, batch, known, proof, failed=failed)
    model = streaks.written(model)
    if known and any(_is_sent_by(model, one, batch) for one in {*known.ids, *outcomes}):
        rest = put(model.batches, batch, _with_ended(known, attempt))
        model = replace(model, batches=rest)
    elif known:
        model = replace(model, batches=without(model.batches, batch))
    return Step(model, answer)


def _applies(record: Record, batch: str, outcome: Outcome) -> bool:
    if record.batch != batch:
        return False
    if record.state == State.SENDING:
        return True
    if isinstance(outcome, Accepted):
        waits = record.state in {State.IN_DOUBT, State.QUEUED, State.SCHEDULED}
        return waits and record.api_id != outcome.api_id
    return record.state == State.IN_DOUBT and not isinstance(outcome, Unanswered)


def _note_late(model: Model, message_id: str, batch: str, outcome: Outcome) -> Model:
    record = model.records[message_id]
    if isinstance(outcome, Accepted) and record.api_id != outcome.api_id:
        return note(model, message_id, "late_answer", "accepted ")
    if isinstance(outcome, Rejected) and record.batch != batch:
        return note(model, message_id, "late_answer", f"rejected {outcome.reason}")
    return model


def _settle_one(
    model: Model, message_id: str, known: Batch | None, attempt: int, outcome: Outcome
) -> Model:
    record = model.records[message_id]
    match outcome:
        case Accepted(api_id):
            status = record.status if record.api_id is None else ""
            return move(
                model, message_id, State.ACCEPTED, api_id=api_id, accepted_at=model.tick,
                attempts=record.attempts + 1, status=status,
            )  # fmt: skip
        case Rejected(reason, category, suppress, code):
            if suppress:
                model = replace(model, suppressed=model.suppressed | {record.number})
            about: dict[str, Any] = {"reason": reason, "category": category, "code": _word(code)}
            attempts = record.attempts + 1
            return move(model, message_id, State.DEAD, attempts=attempts, **about)
        case Unsent(reason, delay_ms, counts, alone, code):
            trial = known is not None and known.trial
            alone = record.alone or alone or trial
            fields: dict[str, Any] = {"reason": reason, "code": _word(code), "alone": alone}
            if counts:
                fields["attempts"] = record.attempts + 1
            elif delay_ms:
                fields["refusals"] = record.refusals + 1
            return return_unsent(model, message_id, later=delay_ms > 0, to_the_end=trial, **fields)
        case Unanswered(reason):
            return fall_in_doubt(model, message_id, reason, attempt)


def _word(code: int | None) -> str | None:
    return None if code is None else str(code)
