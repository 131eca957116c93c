"""Sends dead letters back, 250 at a time, and counts why others stay."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bulkwire.states import Category, State
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_suppressed, read_time_ms
from bulkwire.store.runner import Store
from bulkwire.store.steering import redrive
from bulkwire_cli.options import PAGE
from bulkwire_cli.session import Session
from bulkwire_cli.walking import Selection, read_all_listed, walk

__all__ = ["REFUSALS", "Redriven", "redrive_ids", "redrive_selection"]

QUEUED: Final = "queued"
REFUSALS: Final = {
    "unknown": "there is no such message; it may have been archived",
    "not_dead": "is not a dead letter, or not any more",
    "recipient": "the recipient is at fault: --force sends it all the same",
    "discarded": "an operator gave it up",
    "expired": "its validity is over",
    "opted_out": "the recipient has opted out since",
}
"""Why a letter was not redriven, by the word that the store and `--json` use."""

Advance = Callable[[int], None]


@dataclass(slots=True)
class Redriven:
    """The tally of one command. `answers` has every letter where ids were given, else nothing."""

    words: Counter[str] = field(default_factory=Counter)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def queued(self) -> int:
        return self.words[QUEUED]

    @property
    def refused(self) -> dict[str, int]:
        return {word: count for word, count in sorted(self.words.items()) if word != QUEUED}


@dataclass(frozen=True, slots=True)
class _Run:
    """How one command redrives a step of at most 250 letters."""

    session: Session
    keys: Keys
    force: bool
    dry_run: bool

    def step(self, letters: Sequence[Listed]) -> Mapping[str, str]:
        if not letters:
            return {}
        store = self.session.store
        if self.dry_run:
            return _foreseen(store, self.keys, letters, force=self.force)
        pairs = [(letter.id, letter.turn) for letter in letters]
        answers = store.run(redrive(self.keys, pairs, force=self.force))
        if QUEUED in answers.values():
            self.session.wake_workers()
        return answers


def redrive_ids(
    session: Session,
    keys: Keys,
    ids: Iterable[str],
    *,
    force: bool,
    dry_run: bool,
    tally: Redriven,
) -> None:
    """Redrives the letters of these ids.

    `tally` is the caller's, so that it holds what was done also where this is interrupted.
    """
    run = _Run(session, keys, force, dry_run)
    for some in _steps(dict.fromkeys(ids)):
        found = read_all_listed(session.store, keys, some)
        answers = dict.fromkeys(some, "unknown")
        answers.update(run.step([letter for letter in found if letter]))
        tally.answers.update(answers)
        tally.words.update(answers.values())


def redrive_selection(
    session: Session,
    keys: Keys,
    selection: Selection,
    *,
    force: bool,
    dry_run: bool,
    advance: Advance,
    tally: Redriven,
) -> None:
    """Redrives the dead letters that fit, the oldest first; those that die meanwhile are left.

    `tally` as for `redrive_ids`.
    """
    run = _Run(session, keys, force, dry_run)
    until_ms = session.store.run(read_time_ms())
    for page in walk(session.store, keys, "dead", until_ms=until_ms):
        answers = run.step([letter for letter in page if selection.fits(letter)])
        tally.words.update(answers.values())
        advance(len(page))


def _steps(ids: Iterable[str]) -> Iterator[list[str]]:
    kept = list(ids)
    for begin in range(0, len(kept), PAGE):
        yield kept[begin : begin + PAGE]


def _foreseen(
    store: Store, keys: Keys, letters: Sequence[Listed], *, force: bool
) -> dict[str, str]:
    """What redriving would answer now: the rules of `redrive.lua`, read and not acted on."""
    now_ms = store.run(read_time_ms())
    recipients = [(letter.channel, letter.recipient) for letter in letters]
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
    if letter.expires_at and letter.expires_at.timestamp() * 1000 <= now_ms:
        return "expired"
    if opted_out and not letter.ignore_suppression:
        return "opted_out"
    return QUEUED
