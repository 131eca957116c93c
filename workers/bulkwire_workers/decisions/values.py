"""What the decisions take in and give back: frozen values, nothing that acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bulkwire.outcomes import Outcome
from bulkwire.states import Channel

__all__ = ["Decision", "HoldReason", "HoldRequest", "RetryPolicy", "Sent"]

HoldReason = Literal["balance", "auth", "refused", "rate"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a request, as far as deciding needs it."""

    id: str
    """Our id, which travels as `clientMessageId`."""
    to: str = field(repr=False)
    channel: Channel = Channel.SMS
    attempts: int = 0
    """Attempts that were counted before this one."""
    refusals: int = 0
    """Waits before this one that counted no attempt."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently to try again. Times in seconds."""

    tries: int = 4
    """Requests within one lease, the first included."""
    base_s: float = 0.5
    cap_s: float = 8.0
    longest_wait_s: float = 20.0
    """A longer `Retry-After` is not waited for within the lease."""
    attempts: int = 5
    """Counted attempts after which a message is a dead letter."""
    message_base_s: float = 5.0
    message_cap_s: float = 600.0
    resend_on_bare_503: bool = True
    """False: a 503 without a readable body leaves its messages in doubt."""


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """Stop claiming for the account, or for one of its channels."""

    reason: HoldReason
    why: str
    """The reason that the outcome carries, too."""
    channel: Channel | None = None
    """None: the whole account."""
    for_s: float | None = None
    """The pause that the provider asked for; None where it asked for none."""
    after: int = 1
    """Only once so many requests in a row have ended like that."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a request and of each of its messages.

    `outcomes` names every message of the batch and can always be settled as it is. Where
    `retry_in_s` or `split` is set, the caller may instead go on within its lease: surely nothing
    was sent.
    """

    outcomes: Mapping[str, Outcome]
    holds: tuple[HoldRequest, ...] = ()
    retry_in_s: float | None = None
    """Send the whole request again after so many seconds."""
    split: bool = False
    """Send it again in two halves: one of its messages is refused for all."""
    slow_down: bool = False
    """The provider said that we are too fast."""
    bare_503: bool = False
    """Nothing but a 503 says that nothing was sent: the one known double window, to be counted."""
