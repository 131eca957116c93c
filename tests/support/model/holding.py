"""Holds: what they let through, what trials say about them, and the circuit breaker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from bulkwire.states import Channel
from bulkwire.store.steering import RanInto
from support.model.values import Batch, Hold, Model, Record, Step, When, put, without

__all__ = [
    "Streaks", "conclude_by_status", "conclude_trial", "gate", "keep_balance", "lift_hold",
    "place_hold", "redrive_done", "start_trial",
]  # fmt: skip

TRIPS_AT: Final = 300
LONG_AGO_MS: Final = 1_000_000
"""What was decided before that was decided before any hold was lifted; else, after all."""
BREAKS: Final = frozenset({"account", "template", "content"})
Gate: TypeAlias = Literal["open", "trial", "shut", "shut for people"]
Proof: TypeAlias = Literal["accepted", "answered", "refused"]


def gate(model: Model, channel: Channel) -> Gate:
    """Whether a channel may send: as it likes, one message to try, not now, not by itself."""
    verdict: Gate = "open"
    for hold in model.holds.values():
        if not hold.concerns(channel):
            continue
        opens = hold.ends if hold.ends != When.NEVER else hold.probe
        if opens == When.NEVER:
            return "shut for people"
        if opens == When.LATER:
            verdict = "shut"
        elif hold.probe != When.NEVER and verdict == "open":
            verdict = "trial"
    return verdict


def _change(model: Model, change: Callable[[str, Hold], Hold | None]) -> Model:
    changed = {field: change(field, hold) for field, hold in model.holds.items()}
    return replace(model, holds={field: hold for field, hold in changed.items() if hold})


def start_trial(model: Model, channel: Channel, batch: str) -> Model:
    """A single message is on its way to try every hold in its way."""
    return _change(
        model,
        lambda _, hold: (
            replace(hold, probe=When.LATER, trial=batch)
            if hold.probe != When.NEVER and hold.concerns(channel)
            else hold
        ),
    )


def _put_off(hold: Hold, batch: str, probe: When) -> Hold:
    return replace(hold, batch=batch, streak=hold.streak + 1, probe=probe)


def lift(model: Model, name: str) -> Model:
    """Takes a hold away; remembers what has to be sent again, and the balance."""
    hold = model.holds[name]
    if hold.balance is not None:
        model = replace(model, balance_tried=hold.balance)
    if hold.redrive:
        since = min(hold.since, model.redrives.get(name, (hold.since, 0))[0])
        model = replace(model, redrives=put(model.redrives, name, (since, model.tick)))
    lifted = put(model.lifted, name, hold.batch)
    return replace(model, holds=without(model.holds, name), lifted=lifted)


def _is_enough(hold: Hold, proof: Proof) -> bool:
    if hold.breaker == "failed":
        return False
    if hold.breaker or hold.reason == "balance":
        return proof == "accepted"
    return proof in {"accepted", "answered"}


def conclude_trial(model: Model, batch: str, known: Batch, proof: Proof, *, failed: bool) -> Model:
    """What a trial's answer says about the holds that it tried: those that stood before it."""
    for name, hold in model.holds.items():
        if hold.since > known.claimed_at:
            continue
        if hold.probe == When.NEVER or not hold.concerns(known.channel):
            continue
        if _is_enough(hold, proof):
            model = lift(model, name)
        elif hold.breaker and failed:
            put_off = _put_off(hold, batch, When.LATER)
            model = replace(model, holds=put(model.holds, name, put_off))
        elif proof == "answered":
            again = replace(hold, probe=When.NOW)
            model = replace(model, holds=put(model.holds, name, again))
    return model


def conclude_by_status(model: Model, record: Record, *, arrived: bool, failed: bool) -> Model:
    """What final news say about the circuit breaker that failing statuses tripped."""
    name = f"refused:{record.channel}"
    hold = model.holds.get(name)
    if hold is None or hold.breaker != "failed":
        return model
    if arrived and record.accepted_at > hold.since:
        return lift(model, name)
    if failed and hold.trial and record.batch == hold.trial and hold.batch != hold.trial:
        put_off = _put_off(hold, hold.trial, When.LATER)
        return replace(model, holds=put(model.holds, name, put_off))
    return model


@dataclass
class Streaks:
    """Successes and failures among what one command writes."""

    changes: dict[str, int | None] = field(default_factory=dict)
    """Failures by kind and channel; None: a success, which ends the streak."""

    def succeeded(self, kind: str, channel: Channel) -> None:
        """A message got as far as this kind of failure could have stopped it."""
        self.changes[f"{kind}:{channel}"] = None

    def failed(self, kind: str, channel: Channel, category: str | None, reason: str) -> bool:
        """Counts a failure; True where it is of those that trip the breaker."""
        if category not in BREAKS or reason.lower() == "insufficient_account_balance":
            return False
        name = f"{kind}:{channel}"
        known = self.changes.get(name, 0)
        self.changes[name] = None if known is None else known + 1
        return True

    def written(self, model: Model) -> Model:
        """The store after all of them."""
        streaks: Mapping[str, int] = model.streaks
        for name, failures in self.changes.items():
            kind, channel = name.split(":")
            count = 0 if failures is None else streaks.get(name, 0) + failures
            held = "refused" in model.holds or f"refused:{channel}" in model.holds
            if count >= TRIPS_AT and not held:
                hold = Hold("refused", Channel(channel), model.tick, probe=When.LATER, breaker=kind)
                model = replace(model, holds=put(model.holds, f"refused:{channel}", hold))
            over = held or count >= TRIPS_AT
            streaks = put(streaks, name, count) if count and not over else without(streaks, name)
        if any(name.startswith("rejected:") for name in self.changes):
            streaks = without(streaks, "unanswered")
        return replace(model, streaks=streaks)


def _ends_a_streak(model: Model, batch: str, needed: int) -> tuple[Model, bool]:
    known = model.batches.get(batch)
    if needed <= 1:
        return model, True
    if known is None or known.unanswered:
        return model, False
    batches = put(model.batches, batch, replace(known, unanswered=True))
    streak = model.streaks.get("unanswered", 0) + 1
    is_over = streak >= needed
    streaks = without(model.streaks, "unanswered")
    if not is_over:
        streaks = put(streaks, "unanswered", streak)
    return replace(model, batches=batches, streaks=streaks), is_over


def _is_late(model: Model, name: str, comes_from: RanInto | int) -> bool:
    if not isinstance(comes_from, RanInto):
        return name in model.lifted and comes_from < LONG_AGO_MS
    known = model.batches.get(comes_from.batch)
    placed = model.lifted.get(name) == comes_from.batch
    return placed or known is None or comes_from.attempt <= (known.ended or 0)


def place_hold(
    model: Model, reason: str, channel: Channel | None, *, comes_from: RanInto | int, probe: When,
    redrive: bool, after: int,
) -> Step:  # fmt: skip
    """Places a hold, or says of the one that stands whether this command placed it."""
    name = f"{reason}:{channel}" if channel else reason
    batch = comes_from.batch if isinstance(comes_from, RanInto) else str(comes_from)
    standing = model.holds.get(name)
    if standing is None and _is_late(model, name, comes_from):
        return Step(model, answer=False)
    if standing is None:
        model, is_over = _ends_a_streak(model, batch, after)
        if not is_over:
            return Step(model, answer=False)
        balance = model.balance_tried if reason == "balance" else None
        standing = Hold(
            reason, channel, model.tick, batch, probe=probe, redrive=redrive, balance=balance
        )
        return Step(replace(model, holds=put(model.holds, name, standing)), answer=True)
    known = model.batches.get(batch)
    if known and known.trial and standing.batch != batch:
        standing = _put_off(standing, batch, probe)
        model = replace(model, holds=put(model.holds, name, standing))
    return Step(model, answer=standing.batch == batch and not standing.streak)


def lift_hold(model: Model, name: str, since: int, do: Literal["lift", "redrive", "try"]) -> Step:
    """Lifts the hold that was seen, or lets a message try it."""
    hold = model.holds.get(name)
    if hold is None or hold.since != since:
        return Step(model, answer=hold is None)
    if do == "try":
        if hold.probe == When.NEVER:
            tried = replace(hold, probe=When.NOW)
            model = replace(model, holds=put(model.holds, name, tried))
        return Step(model, answer=True)
    marked = replace(hold, redrive=hold.redrive or do == "redrive")
    return Step(lift(replace(model, holds=put(model.holds, name, marked)), name), answer=True)


def keep_balance(model: Model, name: str, since: int, balance: float) -> Step:
    """Keeps what the balance is under the hold that was seen."""
    hold = model.holds.get(name)
    if hold is None or hold.since != since:
        return Step(model, answer=False)
    kept = replace(hold, balance=balance)
    return Step(replace(model, holds=put(model.holds, name, kept)), answer=True)


def redrive_done(model: Model, name: str, seen: tuple[int, int]) -> Step:
    """Forgets what was to be sent again, as it was seen."""
    if model.redrives.get(name, seen) != seen:
        return Step(model, answer=False)
    return Step(replace(model, redrives=without(model.redrives, name)), answer=True)
