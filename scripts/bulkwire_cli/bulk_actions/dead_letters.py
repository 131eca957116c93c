"""What to do with dead letters: send them again, or give them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire.states import Category, State
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_time_ms
from bulkwire.store.runner import Store
from bulkwire.store.steering import discard, redrive
from bulkwire.store.suppression import Recipient, read_suppressed
from bulkwire_cli.bulk_actions.carry_out import UNKNOWN
from bulkwire_cli.session import Session

__all__ = ["DISCARDED", "QUEUED", "REFUSALS", "Discarding", "Redriving"]

QUEUED: Final = "queued"
DISCARDED: Final = "discarded"
REFUSALS: Final = {
    UNKNOWN: "there is no such message; it may have been archived",
    "not_dead": "is not a dead letter, or not any more",
    "recipient": "the recipient is at fault: --force sends it all the same",
    "discarded": "an operator gave it up",
    "expired": "its validity is over",
    "opted_out": "the recipient has opted out since",
}
"""Why a letter stays as it is, by the word that the store and `--json` use."""


@dataclass(frozen=True, slots=True)
class Redriving:
    """Sends letters back to their queues; a dry run only foresees it."""

    session: Session
    keys: Keys
    force: bool
    dry_run: bool

    def step(self, letters: Sequence[Listed]) -> Mapping[str, str]:
        """Answers QUEUED, or a word of REFUSALS."""
        store = self.session.store
        if self.dry_run:
            return _foreseen(store, self.keys, letters, force=self.force)
        pairs = [(letter.id, letter.turn) for letter in letters]
        return store.run(redrive(self.keys, pairs, force=self.force))


@dataclass(frozen=True, slots=True)
class Discarding:
    """Gives letters up; a dry run only foresees it."""

    session: Session
    keys: Keys
    dry_run: bool

    def step(self, letters: Sequence[Listed]) -> Mapping[str, str]:
        """Answers DISCARDED, or a word of REFUSALS."""
        if self.dry_run:
            dead = State.DEAD
            return {one.id: DISCARDED if one.state is dead else "not_dead" for one in letters}
        pairs = [(letter.id, letter.turn) for letter in letters]
        return self.session.store.run(discard(self.keys, pairs))


def _foreseen(
    store: Store, keys: Keys, letters: Sequence[Listed], *, force: bool
) -> dict[str, str]:
    """What redriving would answer now: the rules of `redrive.lua`, read and not acted on."""
    now_ms = store.run(read_time_ms())
    recipients = [Recipient(letter.channel, letter.recipient) for letter in letters]
    opted_out = store.run(read_suppressed(keys, recipients))
    return {
        letter.id: _foreseen_one(letter, now_ms, opted_out=gone, force=force)
        for letter, gone in zip(letters, opted_out, strict=True)
    }


def _foreseen_one(letter: Listed, now_ms: int, *, opted_out: bool, force: bool) -> str:
    if letter.state is not State.DEAD:
        return "not_dead"
    if letter.discarded:
        return "discarded"
    if letter.category is Category.RECIPIENT and not force:
        return "recipient"
    if letter.is_expired(now_ms):
        return "expired"
    if opted_out and not letter.ignore_suppression:
        return "opted_out"
    return QUEUED
