"""What an overview shows besides the counts: campaigns, what waits where, trouble with wake-ups."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bulkwire.states import Channel, Priority
from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import WAKE_FAILURES, Keys
from bulkwire.store.record import pairs

__all__ = [
    "CampaignOverview",
    "read_batches",
    "read_campaign",
    "read_due_size",
    "read_ready_size",
    "read_wake_failures",
]

_COUNT = "count:"


@dataclass(frozen=True, slots=True)
class CampaignOverview:
    """A campaign and its messages per state."""

    name: str
    state: str
    """`running` or `paused`."""
    created_at: datetime | None
    counts: dict[str, int]
    """Messages per state, and `total`."""
    version: int = 0
    """Raised by each change of `state`."""
    paused_at: datetime | None = None
    why: str | None = None
    """Of a paused one, as is `by`."""
    by: str | None = None


def read_campaign(keys: Keys, name: str) -> Call[CampaignOverview | None]:
    """One campaign; None where there is none of that name."""

    def read(answer: Reply) -> CampaignOverview | None:
        fields = pairs(answer)
        if not fields:
            return None
        counts = {
            field.removeprefix(_COUNT): int(value)
            for field, value in fields.items()
            if field.startswith(_COUNT)
        }
        return CampaignOverview(
            name,
            fields.get("state", ""),
            _time(fields.get("created_at")),
            counts,
            int(fields.get("version", "0")),
            _time(fields.get("paused_at")),
            fields.get("why"),
            fields.get("by"),
        )

    return command("HGETALL", keys.campaign(name), read=read)


def _time(ms: str | None) -> datetime | None:
    return datetime.fromtimestamp(float(ms) / 1000, UTC) if ms else None


def read_ready_size(keys: Keys, priority: Priority, channel: Channel, campaign: str) -> Call[int]:
    """How many ids one ready list holds; "" is the list of messages without a campaign.

    A list is a hint: it may still hold ids that were cancelled meanwhile.
    """
    return command("LLEN", keys.family("ready", priority, channel, campaign), read=int)


def read_due_size(keys: Keys, priority: Priority) -> Call[int]:
    """How many messages wait for their due time."""
    return command("ZCARD", keys.family("due", priority), read=int)


def read_batches(keys: Keys) -> Call[int]:
    """How many batches workers hold at this moment."""
    return command("ZCARD", keys.single("leases"), read=int)


def read_wake_failures() -> Call[int]:
    """How many wake-ups could not be published so far."""
    return command("GET", WAKE_FAILURES, read=lambda answer: int(text(answer) or 0))
