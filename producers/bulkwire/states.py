"""The states a message can be in, and the words for why it got there.

`archived` is the thirteenth summand of the promise (`total` = the sum over all states): the
record of such a message is gone, its id and its count remain.
"""

from enum import StrEnum

__all__ = ["Category", "Channel", "OnDoubt", "Priority", "State"]


class State(StrEnum):
    """Where a message is. Exactly one at every moment."""

    SCHEDULED = "scheduled"  # waits for its due time: `send_at`, or a retry
    QUEUED = "queued"  # ready to be claimed
    SENDING = "sending"  # leased to a worker, in a batch
    ACCEPTED = "accepted"  # the provider took it; not delivered yet
    DELIVERED = "delivered"
    READ = "read"
    EMULATED = "emulated"  # "delivered" inside the provider's sandbox: nobody got it
    UNCONFIRMED = "unconfirmed"  # accepted, and no final word within the status window
    DEAD = "dead"  # in the dead-letter queue, with a reason and a category
    IN_DOUBT = "in_doubt"  # may have been sent; no readable answer
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"  # the recipient opted out
    ARCHIVED = "archived"  # final for longer than the retention: only counted


class Category(StrEnum):
    """What kind of failure put a message into the dead-letter queue."""

    ACCOUNT = "account"
    RATE_LIMITED = "rate_limited"
    TEMPLATE = "template"
    CONTENT = "content"
    RECIPIENT = "recipient"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"


class Priority(StrEnum):
    """`high` (login codes) overtakes everything; `low` is served at least every 16th time."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Channel(StrEnum):
    """The provider's `channel`."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


class OnDoubt(StrEnum):
    """What to do with a message that may have been sent: wait for a decision, or send once more."""

    HOLD = "hold"
    RESEND = "resend"
