"""What to do with messages in doubt: send them once more, or give them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_time_ms
from bulkwire.store.steering import resolve
from bulkwire.store.suppression import Recipient, read_suppressed
from bulkwire_cli.bulk_actions.carry_out import UNKNOWN
from bulkwire_cli.session import Session

__all__ = ["Resolving", "age_s", "patience_s", "why_not"]

RESENT: Final = "resent"
DISCARDED: Final = "discarded"
YOUNG: Final = "young"
LATER: Final = "later"
EXPIRED: Final = "expired"
OPTED_OUT: Final = "opted_out"


def patience_s(session: Session) -> float:
    """How long an answer may still come after a message fell in doubt."""
    return session.settings.read_timeout + session.settings.lease


def age_s(message: Listed, now_ms: int) -> float:
    """How long a message has been in its state."""
    return max(0.0, now_ms / 1000 - message.changed_at.timestamp())


@dataclass(frozen=True, slots=True)
class Resolving:
    """Resends messages in doubt, or gives them up; a dry run only foresees it."""

    session: Session
    keys: Keys
    resend: bool
    force: bool
    dry_run: bool
    as_of_ms: int
    """When the messages were chosen: what could be answered then is young, however long it took to
    say yes."""
    people: set[str] = field(default_factory=set, repr=False)
    """Numbers that may get a message twice."""

    @property
    def wanted(self) -> str:
        """The word for a message with which it is done."""
        return RESENT if self.resend else DISCARDED

    def step(self, found: Sequence[Listed]) -> Mapping[str, str]:
        """Answers the word wanted, or why a message stays as it is: see `why_not`."""
        store = self.session.store
        now_ms = store.run(read_time_ms())
        recipients = [Recipient(one.channel, one.recipient) for one in found]
        gone = store.run(read_suppressed(self.keys, recipients))
        answers = {
            one.id: self._foreseen(one, now_ms, opted_out=out)
            for one, out in zip(found, gone, strict=True)
        }
        doubts = [(one.id, one.batch) for one in found if answers[one.id] == self.wanted]
        if doubts and not self.dry_run:
            answers |= self._decide(doubts)
        if self.resend:
            self.people.update(one.recipient for one in found if answers[one.id] == RESENT)
        return answers

    def _decide(self, doubts: Sequence[tuple[str, str]]) -> dict[str, str]:
        states = self.session.store.run(resolve(self.keys, doubts, resend=self.resend))
        done = State.QUEUED if self.resend else State.DEAD
        return {
            message_id: self.wanted if state is done else state or UNKNOWN
            for message_id, state in states.items()
        }

    def _foreseen(self, message: Listed, now_ms: int, *, opted_out: bool) -> str:
        if message.state is not State.IN_DOUBT:
            return message.state
        if round(message.changed_at.timestamp() * 1000) > self.as_of_ms:
            return LATER
        if not self.force and age_s(message, self.as_of_ms) < patience_s(self.session):
            return YOUNG
        if self.resend and message.is_expired(now_ms):
            return EXPIRED
        if self.resend and opted_out and not message.ignore_suppression:
            return OPTED_OUT
        return self.wanted


def why_not(word: str) -> str:
    """Why a message was not decided."""
    reasons = {
        UNKNOWN: "there is no such message; it may have been archived",
        YOUNG: "its answer may still come: wait, or give --force",
        LATER: "it fell in doubt after this was counted: run it again",
        EXPIRED: "its validity is over: it can only be discarded",
        OPTED_OUT: "the recipient has opted out since: it can only be discarded",
    }
    return reasons.get(word) or f"is {word}, not in doubt"
