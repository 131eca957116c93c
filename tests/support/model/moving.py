"""How a message changes its state, and what moves with it."""

import re
from dataclasses import replace
from typing import Any, Final

from bulkwire.states import OnDoubt, State
from support.model.values import ARRIVED, Model, Record, When, put

__all__ = ["CLOCK", "add_event", "fall_in_doubt", "move", "note", "return_unsent", "set_record"]

CLOCK: Final = "0" * 13
"""Stands for any point in time in a history: as long as they are."""
HISTORY_BYTES: Final = 400
_SECOND_LINE: Final = re.compile(r"^([^\n]*)\n[^\n]*")


def set_record(model: Model, message_id: str, record: Record) -> Model:
    """Puts a record in its place."""
    return replace(model, records=put(model.records, message_id, record))


def _with_event(history: str, word: str, reason: str) -> str:
    event = f"{CLOCK} {word} {reason}"
    if not history:
        return event
    if len(history) > HISTORY_BYTES:
        history = _SECOND_LINE.sub(r"\1", history, count=1)
    return f"{history}\n{event}"


def note(model: Model, message_id: str, word: str, reason: str) -> Model:
    """A line of history that moves nothing, unless it stands there already."""
    record = model.records[message_id]
    if f"{word} {reason}" in record.history:
        return model
    return add_event(model, message_id, word, reason)


def add_event(model: Model, message_id: str, word: str, reason: str) -> Model:
    """A line of history, whatever stands there."""
    record = model.records[message_id]
    history = _with_event(record.history, word, reason)
    return set_record(model, message_id, replace(record, history=history))


def move(
    model: Model,
    message_id: str,
    to: State,
    *,
    at_front: bool = False,
    event: str = "",
    **fields: Any,
) -> Model:
    """Moves a message; what its last state gave as its reason goes with that state."""
    record = model.records[message_id]
    about = {"reason": None, "category": None, "code": None, **fields}
    moved = replace(
        record,
        **about,
        state=to,
        due=When.LATER if to in {State.SCHEDULED, State.ACCEPTED} else When.NEVER,
        listed=to == State.DEAD,
        has_payload=record.has_payload and to not in ARRIVED,
        history=_with_event(record.history, to, event or fields.get("reason") or ""),
    )
    if to == State.QUEUED:
        moved = replace(moved, turn=record.turn + 1)
        waiting = model.ready.get(record.place, ())
        waiting = (message_id, *waiting) if at_front else (*waiting, message_id)
        model = replace(model, ready=put(model.ready, record.place, waiting))
    return set_record(model, message_id, moved)


def fall_in_doubt(model: Model, message_id: str, reason: str, request: int | None) -> Model:
    """It may have left without an answer: in doubt, or once more if its sender said so."""
    about: dict[str, Any] = {} if request is None else {"request": str(request)}
    model = move(model, message_id, State.IN_DOUBT, reason=reason, **about)
    record = model.records[message_id]
    if record.on_doubt == OnDoubt.RESEND and not record.resent:
        words = "resent once as its sender asked"
        return move(model, message_id, State.QUEUED, reason=words, resent=True)
    return model


def return_unsent(
    model: Model, message_id: str, *, later: bool, to_the_end: bool = False, **fields: Any
) -> Model:
    """Surely not sent: back, unless its campaign was cancelled meanwhile."""
    if model.waits_in_cancelled(model.records[message_id]):
        return move(model, message_id, State.CANCELLED, reason="campaign cancelled")
    if later:
        return move(model, message_id, State.SCHEDULED, **fields)
    return move(model, message_id, State.QUEUED, at_front=not to_the_end, **fields)
