"""After the server was started anew, or another took over: it may have forgotten its last moments.

`claim` and `reap` notice it, and let nobody claim for one lease. Until then whoever sent something
says so again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from bulkwire.states import Channel
from bulkwire.store.call import Arg, Call, text, transition
from bulkwire.store.keys import Keys
from bulkwire.store.sending import Batch, ClaimTerms

__all__ = ["Reasserted", "Taken", "attend", "reassert"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What there is to remember of a claimed batch, without what its messages say."""

    batch: str
    channel: Channel
    campaign: str
    trial: bool
    turns: Mapping[str, int] = field(repr=False)
    """Of each message, by id: which turn in the queue was claimed."""

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """What to remember of `batch`."""
        turns = {message.id: message.turn for message in batch.messages}
        return cls(batch.id, batch.channel, batch.messages[0].campaign, batch.trial, turns)


@dataclass(frozen=True, slots=True)
class Reasserted:
    """What `reassert` found."""

    set_right: int
    """Messages whose record was older than the batch that took them."""
    unknown: int
    """Messages that the server has no record of any more."""


def attend(keys: Keys, name: str, *, spoken_for: str) -> Call[str]:
    """Says that the process `name` is there, and for which server it has said all it knows.

    Answers the `run_id` of the server that the account was last claimed or reaped on; '' at first.
    """
    return transition("attend", keys, name, spoken_for, read=text)


def reassert(
    keys: Keys, taken: Taken, ids: Iterable[str], *, departed: int, terms: ClaimTerms
) -> Call[Reasserted]:
    """Says that `ids` of a batch may have left, the last of them with the attempt `departed`.

    Changes only records that are older than that. Settling follows, where answers are known. A
    batch that the server had forgotten departs no more: what did not leave waits in the queue.
    """
    args: list[Arg] = [word for one in ids for word in (one, taken.turns[one])]
    return transition(
        "reassert",
        keys,
        taken.batch,
        taken.channel,
        taken.campaign,
        "1" if taken.trial else "",
        departed,
        terms.lease_ms,
        terms.longest_lease_ms,
        *args,
        read=lambda answer: Reasserted(*answer),
    )
