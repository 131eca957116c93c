"""What the model knows. A value is never changed, only replaced: so a store that is rolled back is
a model of earlier.

Points in time are of two kinds: those that decide something later on are `When`; those that are
only compared with each other are ticks, which count commands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

from bulkwire.states import Channel, OnDoubt, Priority, State

__all__ = [
    "ARRIVED",
    "Batch",
    "Campaign",
    "Hold",
    "Model",
    "Place",
    "Record",
    "Round",
    "Step",
    "When",
    "put",
    "without",
]

K = TypeVar("K")
V = TypeVar("V")
ARRIVED: Final = frozenset({State.DELIVERED, State.READ, State.EMULATED})
Place: TypeAlias = tuple[Priority, Channel, str]
"""A ready list: priority, channel, and campaign or ""."""


class When(Enum):
    """When something comes to pass, seen from now."""

    NEVER = "never"
    NOW = "now"  # or in the past
    LATER = "later"


class Round(Enum):
    """When leases were last reaped, as the store remembers it."""

    LATELY = "lately"
    LONG_AGO = "long ago"  # nobody could renew
    AHEAD = "ahead"  # the clock was set back


@dataclass(frozen=True, slots=True)
class Record:
    """One message."""

    state: State
    recipient: str
    channel: Channel
    priority: Priority
    campaign: str | None
    roll: str
    token: str = ""
    fingerprint: str = ""
    on_doubt: OnDoubt = OnDoubt.HOLD
    expiry: When = When.NEVER
    due: When = When.NEVER
    """Of a scheduled one its due time, of an accepted one its next status check."""
    turn: int = 0
    batch: str | None = None
    api_id: str | None = None
    status: str | None = None
    accepted_at: int = 0
    attempts: int = 0
    refusals: int = 0
    lapses: int = 0
    alone: bool = False
    resent: bool = False
    listed: bool = False
    """In the dead-letter listing."""
    discarded: bool = False
    reason: str | None = None
    category: str | None = None
    code: str | None = None
    request: str | None = None
    has_payload: bool = True
    history: str = ""

    @property
    def place(self) -> Place:
        """The ready list it waits in when it is queued."""
        return self.priority, self.channel, self.campaign or ""

    @property
    def number(self) -> str:
        """How the suppression list names its recipient."""
        return f"{self.channel}:{self.recipient}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages leased together."""

    ids: tuple[str, ...]
    channel: Channel
    campaign: str
    trial: bool = False
    claimed_at: int = 0
    lapsed: bool = False
    departed: int | None = None
    leaving: tuple[str, ...] = ()
    """What departed, where it is not the whole batch."""
    ended: int | None = None
    said_again: bool = False
    prolonged: bool = False
    unanswered: bool = False
    slowed: int | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign."""

    state: str = "running"
    version: int = 0
    resumed_at: int = -1
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that stands."""

    reason: str
    channel: Channel | None
    since: int
    batch: str = ""
    streak: int = 0
    probe: When = When.NEVER
    ends: When = When.NEVER
    trial: str | None = None
    breaker: str | None = None
    redrive: bool = False
    balance: float | None = None

    def concerns(self, channel: Channel) -> bool:
        """Whether it stands in the way of a channel."""
        return self.channel is None or self.channel == channel


@dataclass(frozen=True, slots=True)
class Model:
    """One account."""

    tick: int = 0
    records: Mapping[str, Record] = field(default_factory=dict)
    ready: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    batches: Mapping[str, Batch] = field(default_factory=dict)
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()
    holds: Mapping[str, Hold] = field(default_factory=dict)
    redrives: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """From and until when letters died that go out again, by the hold that was lifted."""
    streaks: Mapping[str, int] = field(default_factory=dict)
    balance_tried: float | None = None
    lifted: Mapping[str, str] = field(default_factory=dict)
    """Of each hold that was lifted, whose it was."""
    archived: Mapping[str, int] = field(default_factory=dict)
    """By campaign, "" for those of none."""
    server_changed: bool = False
    last_round: Round = Round.LATELY

    def runs(self, campaign: str) -> bool:
        """Whether what waits in a campaign ("" for none) may be claimed."""
        known = self.campaigns.get(campaign)
        return known is None or known.state == "running"

    def opted_out(self, record: Record) -> bool:
        """Whether the recipient wants no more."""
        return record.number in self.suppressed

    def waits_in_cancelled(self, record: Record) -> bool:
        """Whether the message's campaign was cancelled."""
        campaign = self.campaigns.get(record.campaign or "")
        return campaign is not None and campaign.state == "cancelled"


@dataclass(frozen=True, slots=True)
class Step:
    """What a command may come to: the store afterwards, and what of its answer is certain."""

    model: Model
    answer: Any


def put(values: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    """The same with one more, or another, entry."""
    return {**values, key: value}


def without(values: Mapping[K, V], *keys: K) -> dict[K, V]:
    """The same without some entries."""
    return {key: value for key, value in values.items() if key not in keys}
