"""Business-read notices: telling the sender of an inbound message that it was read.

One request of the contract's `sendBusinessStatusNotification`, and its answer. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bulkwire_workers.one_api.reading import (
    Answer,
    ApiError,
    read_answer,
    read_error,
    read_flag,
    read_text,
)

__all__ = [
    "MOST_NOTICES",
    "NoticeResult",
    "NotificationAnswer",
    "ReadNotice",
    "notification_body",
    "read_notification",
]

MOST_NOTICES: Final = 100
"""Notices in one request (the contract's `maxItems`)."""
BUSINESS_READ: Final = 1001
"""The contract's `statusCode`; it has no other."""


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """The contract's `ReplyStatusUpdateNotification`; its `channel` is always WhatsApp."""

    message_id: str
    """`messageId`: of the inbound message, as its callback gave it."""
    client_event_id: str | None = None
    """`clientEventId`: echoed with the result."""


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """The contract's `NotificationResponse`. None stands for what was missing or unreadable."""

    api_event_id: str | None = None
    accepted: bool | None = None
    message_id: str | None = None
    client_event_id: str | None = None
    error: ApiError | None = None


@dataclass(frozen=True, slots=True)
class NotificationAnswer(Answer):
    """The contract's `WhatsAppNotificationListResponse`: the answer to `POST /v1/notification`.

    The order of `results` says nothing. Where it has an `error`, every notice was refused.
    """

    results: tuple[NoticeResult, ...] = ()


def notification_body(notices: Sequence[ReadNotice]) -> bytes:
    """The request's JSON. Raises ValueError for none, for more than 100, or for an empty id."""
    if not 1 <= len(notices) <= MOST_NOTICES:
        message = f"{len(notices)} notices: one request takes 1 to {MOST_NOTICES}"
        raise ValueError(message)
    if not all(notice.message_id for notice in notices):
        raise ValueError("a notice names no message: give the id of the inbound message")
    updates = [_update(notice) for notice in notices]
    return orjson.dumps({"event": {"messageStatusUpdate": updates}})


def _update(notice: ReadNotice) -> dict[str, object]:
    update: dict[str, object] = {
        "channel": "whatsapp",
        "statusCode": BUSINESS_READ,
        "messageId": notice.message_id,
    }
    if notice.client_event_id is not None:
        update["clientEventId"] = notice.client_event_id
    return update


def read_notification(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> NotificationAnswer:
    """Read a notification answer. Total: any bytes become one."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    event = document.get("event")
    entries = event.get("messageStatusUpdate") if isinstance(event, dict) else None
    results = tuple(_results(entries)) if isinstance(entries, list) else ()
    return NotificationAnswer(**common, results=results)


def _results(entries: list[object]) -> Iterable[NoticeResult]:
    for entry in entries:
        if isinstance(entry, dict):
            result = NoticeResult(
                api_event_id=read_text(entry.get("apiEventId")),
                accepted=read_flag(entry.get("accepted")),
                message_id=read_text(entry.get("messageId")),
                client_event_id=read_text(entry.get("clientEventId")),
                error=read_error(entry),
            )
            if result != NoticeResult():
                yield result
