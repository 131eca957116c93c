"""What became of one message of a batch: the words between deciding and settling.

The worker's pure `decide()` answers in these values; the store's `settle` transition writes them.
"""

from dataclasses import dataclass

from bulkwire.states import Category

__all__ = ["Accepted", "Outcome", "Rejected", "Unanswered", "Unsent"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message (`accepted: true`) and named it (`apiMessageId`)."""

    api_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused this message for good: a dead letter."""

    reason: str
    """The provider's status, or a snake_case word of ours."""
    category: Category
    suppress: bool = False
    """The recipient opted out: enter the number into the channel's suppression list."""
    code: int | None = None
    """The provider's `error.code`; None where a status or we ourselves decided."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """Surely not sent: back to the queue, at once or later."""

    reason: str
    delay_ms: int = 0
    """0: back to the front of its queue now; else due after so many milliseconds."""
    counts_attempt: bool = True
    """False where the refusal hit the account: such refusals don't use up attempts."""
    alone: bool = False
    """Send it in a request of its own next time (a suspected poison message)."""
    code: int | None = None
    """The provider's `error.code`, where there was one."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """May have been sent, and there is no readable answer: in doubt."""

    reason: str


Outcome = Accepted | Rejected | Unsent | Unanswered
