"""What the provider gets of a message, and what makes two messages the same."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationInfo

from bulkwire.faults import problem

if TYPE_CHECKING:
    from bulkwire.message import Message

__all__ = [
    "LARGEST_MESSAGE",
    "LARGEST_REQUEST",
    "OURS",
    "api_time",
    "checked_moment",
    "fingerprint",
    "read_api_time",
    "to_wire",
]

LARGEST_REQUEST: Final = 18_000_000
"""Bytes of a send request. The provider takes 20 MB; nobody says how it counts them."""
LARGEST_MESSAGE: Final = LARGEST_REQUEST - 1_000
"""Bytes of one message's JSON, so that a request has room for what goes around it."""


OURS: Final = {
    "account",
    "campaign",
    "ignore_suppression",
    "on_doubt",
    "priority",
    "send_at",
    "validity_period",
}
"""Fields that stay out of the stored payload. What is left of the validity joins it on leaving."""

_API_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)


def to_wire(message: "Message") -> str:
    """The message as compact JSON in the names of the API's `OmniMessageRequest`.

    Holds `channel` and `clientMessageId` (the message's id) always, and `validityPeriod` never:
    it counts from when the message was taken in, so what is sent late carries what is left.
    """
    return message.model_dump_json(by_alias=True, exclude_none=True, exclude=OURS)


def fingerprint(message: "Message") -> str:
    """22 characters that differ where the same id came with another message.

    Everything counts but `send_at`: it says when, not what, and callers who try again often
    compute it anew.
    """
    rest = (
        message.account,
        message.campaign or "",
        message.priority,
        message.on_doubt,
        str(message.validity_period or ""),
        str(message.ignore_suppression),
    )
    # Neither JSON nor names can hold a NUL, so the parts cannot run into each other.
    digest = hashlib.blake2b("\0".join((to_wire(message), *rest)).encode(), digest_size=16)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")


def read_api_time(value: object, info: ValidationInfo) -> object:
    """The datetime that `api_time` wrote; anything else, and text outside JSON, as it is."""
    if info.mode != "json" or not isinstance(value, str):
        return value
    try:
        if _API_TIME.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass  # such as the 31st of February
    raise problem("is not a datetime", "write it like 2026-01-31T09:00:00+02:00")


def checked_moment(moment: datetime) -> datetime:
    """For a field: the moment, unless `api_time` cannot write it."""
    try:
        api_time(moment)
    except (OverflowError, ValueError):  # beyond the years 1 to 9999; zones a day and more away
        raise problem("cannot be converted to UTC", "give it in UTC") from None
    return moment


def api_time(moment: datetime) -> str:
    """An aware datetime as `yyyy-MM-ddTHH:mm:ssXXX`: `2026-01-02T03:04:05+02:00`."""
    offset = moment.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        # The format has whole minutes only; some zones of a century ago have seconds.
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")
