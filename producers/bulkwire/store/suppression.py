"""Who opted out: the list of each channel, which enqueueing and claiming both respect.

Refusals and callbacks that tell of an opt-out enter numbers by themselves (`settle` and
`status_update`). A message that says `ignore_suppression` is sent all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bulkwire.states import Channel
from bulkwire.store.call import Call, Reply, command, text
from bulkwire.store.keys import Keys

__all__ = [
    "Recipient",
    "SuppressedPage",
    "count_suppressed",
    "read_suppressed",
    "scan_suppressed",
    "suppress",
    "unsuppress",
]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A number on one channel."""

    channel: Channel
    number: str = field(repr=False)
    """International digits without `+`."""

    @property
    def member(self) -> str:
        """How the list names them."""
        return f"{self.channel}:{self.number}"


def suppress(keys: Keys, recipients: Sequence[Recipient]) -> Call[int]:
    """Enters recipients, at least one; answers how many were not there yet."""
    return command("SADD", keys.single("suppressed"), *_members(recipients), read=int)


def unsuppress(keys: Keys, recipients: Sequence[Recipient]) -> Call[int]:
    """Takes recipients off, at least one; answers how many were there."""
    return command("SREM", keys.single("suppressed"), *_members(recipients), read=int)


def read_suppressed(keys: Keys, recipients: Sequence[Recipient]) -> Call[list[bool]]:
    """For each recipient, whether they opted out of the channel. At least one."""
    return command(
        "SMISMEMBER",
        keys.single("suppressed"),
        *_members(recipients),
        read=lambda answer: [bool(one) for one in answer],
    )


def count_suppressed(keys: Keys) -> Call[int]:
    """How many stand on the list, over all channels."""
    return command("SCARD", keys.single("suppressed"), read=int)


@dataclass(frozen=True, slots=True)
class SuppressedPage:
    """Some of the list, in no order. Who stands there throughout comes at least once."""

    cursor: int
    """Where to go on; 0 at the end."""
    recipients: tuple[Recipient, ...]


def scan_suppressed(
    keys: Keys, cursor: int, *, channel: Channel | None, count: int
) -> Call[SuppressedPage]:
    """Reads on from `cursor` (0 to begin with), of one channel or of all; about `count` of them."""

    def read(answer: Reply) -> SuppressedPage:
        following, members = answer
        return SuppressedPage(int(following), tuple(map(_recipient, members)))

    pattern = f"{channel or '*'}:*"
    key = keys.single("suppressed")
    return command("SSCAN", key, cursor, "MATCH", pattern, "COUNT", count, read=read)


def _recipient(member: Reply) -> Recipient:
    channel, _, number = text(member).partition(":")
    return Recipient(Channel(channel), number)


def _members(recipients: Sequence[Recipient]) -> list[str]:
    return [recipient.member for recipient in recipients]
