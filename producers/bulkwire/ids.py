"""Message ids: idempotency keys on our side, `clientMessageId` on the provider's."""

import base64
import hashlib
import hmac
import os
import re
import time
from typing import Final

__all__ = ["NAME_PATTERN", "NAME_RULE", "is_name", "new_id", "recipient_id"]

NAME_PATTERN: Final = r"^[A-Za-z0-9._-]{1,64}$"
"""What message ids, accounts and campaign names look like: safe in key names and URLs."""

NAME_RULE: Final = "use 1 to 64 of the characters A-Z a-z 0-9 . _ -"

# base32hex keeps the order of the numbers, which plain base32 and base64 do not. Two digits at a
# time: the standard library's encoder would take longer than all checks of a text message.
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
_PAIRS: Final = tuple(high + low for high in _DIGITS for low in _DIGITS)
_SHIFTS: Final = tuple(range(120, -1, -10))

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def is_name(text: str) -> bool:
    """Whether `text` can be a message id, an account or a campaign name."""
    return _NAME.fullmatch(text) is not None


def new_id() -> str:
    """A fresh id of 26 characters; ids of different milliseconds sort by the time they were made.

    Made before the message is written, so that an error of the write can name it.
    """
    bits = time.time_ns() // 1_000_000 << 82 | int.from_bytes(os.urandom(10), "big")
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def recipient_id(salt: bytes, *, channel: str, number: str, campaign: str) -> str:
    """The id of a campaign's message to one recipient: the same whenever a file is imported again.

    `number` is normalised (international digits). Without the campaign's `salt` nobody can find
    the number by trying all numbers. 23 characters.
    """
    digest = hmac.digest(salt, f"{channel}\0{number}\0{campaign}".encode(), hashlib.sha256)
    # The letter in front: an id that starts with "-" would read as an option on a command line.
    return "r" + base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode("ascii")
