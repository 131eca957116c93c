"""How fast each channel may send: what workers report, and what an operator may read."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bulkwire.states import Channel
from bulkwire.store.call import Call, Reply, command, transition
from bulkwire.store.keys import Keys
from bulkwire.store.record import pairs

__all__ = ["ChannelRate", "read_rate", "slow_down"]


@dataclass(frozen=True, slots=True)
class ChannelRate:
    """The rate of one channel as its last claim left it."""

    channel: Channel
    per_second: float | None
    """Messages a second that workers may claim; None: nothing limits them."""
    configured: float | None
    """The ceiling that settings gave, if any."""
    ceiling: float | None
    """The rate at which the provider began to refuse, where that is known."""
    refused_at: datetime | None
    """When the provider last made us slow down; None where nothing was learned from it."""


def read_rate(keys: Keys, channel: Channel) -> Call[ChannelRate]:
    """How fast a channel may send, and why."""

    def read(answer: Reply) -> ChannelRate:
        fields = {name: float(value) for name, value in pairs(answer).items()}
        refused_at = fields.get("refused_at")
        return ChannelRate(
            channel,
            fields.get("rate"),
            fields.get("configured"),
            fields.get("ceiling"),
            datetime.fromtimestamp(refused_at / 1000, UTC) if refused_at else None,
        )

    return command("HGETALL", keys.family("rate", channel), read=read)


def slow_down(
    keys: Keys, batch: str, attempt: int, *, departed_ms_ago: int, messages: int = 1
) -> Call[bool]:
    """Notes that the provider refused messages of an attempt of `batch` for coming too fast.

    True where it takes other messages of that channel at the same time: then a lower rate is all
    that is needed.
    """
    return transition(
        "slow_down",
        keys,
        batch,
        attempt,
        departed_ms_ago,
        messages,
        read=lambda answer: answer[0] == 1,
    )
