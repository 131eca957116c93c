"""Messages as `message show` and the listings give them: for machines and for eyes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from bulkwire.states import Category, State
from bulkwire.store.listing import Listed
from bulkwire.store.record import Event, StoredMessage
from bulkwire_cli.output import Cell, make_table, masked, screen, shown_time, span

__all__ = ["ADVICE", "listed_document", "message_document", "show_message"]

ADVICE: Final = {
    Category.ACCOUNT: "Put the account right with the provider, then redrive.",
    Category.RATE_LIMITED: "Redrive later.",
    Category.TEMPLATE: "Put the template right with the provider, then redrive.",
    Category.CONTENT: "Redriving sends the same content: enqueue a corrected message instead.",
    Category.RECIPIENT: "This recipient can't be reached: redriving needs --force.",
    Category.UNDELIVERED: "The phone may have been off: redrive to try again.",
    Category.EXPIRED: "Its validity is over: enqueue it anew if it still matters.",
    Category.EXHAUSTED: "See the history for what failed, then redrive.",
}
"""What to do about a dead letter, by its category."""

PAYLOAD_DROPPED: Final = frozenset({State.DELIVERED, State.READ, State.EMULATED})


def message_document(message: StoredMessage, *, reveal: bool) -> dict[str, object]:
    """A message for machines; number and text only where they are asked for."""
    return {
        "id": message.id,
        "account": message.account,
        "state": message.state,
        "channel": message.channel,
        "priority": message.priority,
        "campaign": message.campaign,
        "recipient": message.recipient if reveal else masked(message.recipient),
        "content": message.content if reveal else None,
        "attempts": message.attempts,
        "api_id": message.api_id,
        "status": message.status,
        "code": message.code,
        "reason": message.reason,
        "category": message.category,
        "discarded": message.discarded,
        "on_doubt": message.on_doubt,
        "ignore_suppression": message.ignore_suppression,
        "turn": message.turn,
        "batch": message.batch,
        "request": message.request,
        "enqueued_at": message.enqueued_at,
        "changed_at": message.changed_at,
        "due_at": message.due_at,
        "expires_at": message.expires_at,
        "history": [
            {
                "at": event.at,
                "word": event.word,
                "reason": event.reason or None,
                "batch": event.batch,
            }
            for event in message.history
        ],
    }


def listed_document(message: Listed) -> dict[str, object]:
    """One entry of a listing, for machines. `at` is when it came there."""
    return {
        "id": message.id,
        "at": message.changed_at,
        "state": message.state,
        "campaign": message.campaign,
        "channel": message.channel,
        "category": message.category,
        "reason": message.reason or None,
        "code": message.code,
        "status": message.status,
        "attempts": message.attempts,
        "on_doubt": message.on_doubt,
        "batch": message.batch or None,
        "request": message.request,
        "recipient": masked(message.recipient),
    }


def show_message(message: StoredMessage, *, reveal: bool) -> None:
    """A message for eyes: its fields, then what happened to it, in which request."""
    console = screen()
    grid = make_table("", "", rows=_fields(message, reveal=reveal))
    grid.show_header = False
    console.print(grid)
    columns = ("time", "after", "event", "reason", "batch")
    console.print(make_table(*columns, rows=_timeline(message.history), title="History"))
    if not reveal:
        console.print(Text("Number and text are hidden; --reveal shows them.", style="dim"))


def _timeline(history: Sequence[Event]) -> Iterator[tuple[Cell, ...]]:
    before = None
    for event in history:
        after = span((event.at - before).total_seconds()) if before else None
        yield (event.at, after, event.word, event.reason, event.batch)
        before = event.at


def _fields(message: StoredMessage, *, reveal: bool) -> list[tuple[Text, str]]:
    hidden = {"history", "turn"} | (set() if reveal else {"content"})
    shown: list[tuple[Text, str]] = []
    for name, value in message_document(message, reveal=reveal).items():
        if name in hidden or value is None or value is False:
            continue
        text = shown_time(value) if isinstance(value, datetime) else str(value)
        text = "yes" if value is True else text
        label = {"api_id": "provider's id", "status": "provider's status"}.get(name, name)
        shown.append((Text(label.replace("_", " "), style="dim"), text))
    if message.state in PAYLOAD_DROPPED:
        shown.append((Text("content", style="dim"), "(dropped, as it was delivered)"))
    return shown
