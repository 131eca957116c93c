"""Taking messages and campaigns in."""

from dataclasses import dataclass, field

from bulkwire.errors import QueueFull
from bulkwire.states import Channel, OnDoubt, Priority, State
from bulkwire.store.call import Call, Reply, command, text, transition
from bulkwire.store.keys import ACCOUNTS, WAKE_FAILURES, WAKE_FLAG, Keys

__all__ = [
    "CampaignOpened",
    "Enqueued",
    "NewRecord",
    "count_wake_failure",
    "enqueue",
    "open_campaign",
    "raise_wake_flag",
    "register_account",
]

WAKE_FLAG_MS = 2_000
"""How long a wake-up is trusted to be on its way."""


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What a record is made of."""

    id: str
    payload: str = field(repr=False)
    """Ready-made JSON of the API message, without `validityPeriod`."""
    recipient: str = field(repr=False)
    channel: Channel
    priority: Priority
    campaign: str | None
    fingerprint: str
    """Tells whether the same id came with another message."""
    send_at_ms: int | None = None
    validity_ms: int | None = None
    on_doubt: OnDoubt = OnDoubt.HOLD
    ignore_suppression: bool = False
    deliver_at_ms: int | None = None
    """Until then the provider holds it."""


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What enqueueing answered."""

    created: bool
    state: State
    conflict: bool


def enqueue(keys: Keys, record: NewRecord, *, token: str, quota: int = 0) -> Call[Enqueued]:
    """Takes one message in. `token` tells this call from another one for the same id.

    Raises:
        QueueFull: `quota` messages wait already.
    """

    def read(answer: Reply) -> Enqueued:
        created, state, conflict = answer
        if created < 0:
            raise QueueFull(f"{quota} messages of account {keys.account} wait already")
        return Enqueued(created == 1, State(text(state)), conflict == 1)

    return transition(
        "enqueue",
        keys,
        record.id,
        record.payload,
        record.recipient,
        record.channel,
        record.priority,
        record.campaign or "",
        record.fingerprint,
        token,
        "" if record.send_at_ms is None else record.send_at_ms,
        "" if record.validity_ms is None else record.validity_ms,
        record.on_doubt,
        "1" if record.ignore_suppression else "",
        quota,
        "" if record.deliver_at_ms is None else record.deliver_at_ms,
        read=read,
    )


@dataclass(frozen=True, slots=True)
class CampaignOpened:
    """A campaign as importing needs it."""

    salt: str
    state: str
    fingerprint: str
    created: bool
    archived: int
    """Messages whose records are gone: whoever got them would be taken for new."""


def open_campaign(
    keys: Keys, name: str, *, salt: str, fingerprint: str = ""
) -> Call[CampaignOpened]:
    """Finds a campaign or creates it; `salt` is kept where it has none yet."""

    def read(answer: Reply) -> CampaignOpened:
        kept, state, known, created, archived = answer
        return CampaignOpened(text(kept), text(state), text(known), created == 1, archived)

    return transition("campaign_open", keys, name, salt, fingerprint, read=read)


def register_account(account: str) -> Call[None]:
    """Makes the account known to the workers."""
    return command("SADD", ACCOUNTS, account, read=lambda _: None)


def raise_wake_flag() -> Call[bool]:
    """True where nobody else has said already that there is work: then a wake-up is due."""
    return command("SET", WAKE_FLAG, "1", "NX", "PX", WAKE_FLAG_MS, read=bool)


def count_wake_failure() -> Call[None]:
    """Counts a wake-up that could not be published."""
    return command("INCR", WAKE_FAILURES, read=lambda _: None)
