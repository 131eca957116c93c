"""When how many recipients are imported, so that work lasts as long as the faults do. Pure."""

from dataclasses import dataclass, replace
from typing import Final

__all__ = ["Slice", "Supply"]

WITHHELD: Final = 0.4
"""Share of the messages that is handed out only as faults are dealt, a part after each."""
AHEAD_S: Final = 10.0
"""For how long the queue should last before more is imported."""
LEAST_ROWS: Final = 100
TO_KILL: Final = 1_500
"""Rows of an import that is to be killed half-way: more than go into the store at once."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Recipients by number: what one import takes in."""

    campaign: str
    on_doubt: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Recipients 0 up to `messages`; those from `resend_from` on belong to the second campaign."""

    messages: int
    resend_from: int
    per_second: float
    faults: int
    to_kill: int = 0
    """Imports that are still to be killed half-way."""
    held: int = 0
    """Handed out of the first campaign."""
    resent: int = 0
    """Handed out of the second one."""

    @property
    def handed_out(self) -> int:
        """Recipients handed out so far."""
        return self.held + self.resent

    @property
    def left(self) -> int:
        """Recipients that nobody has imported yet."""
        return self.messages - self.handed_out

    def wanted(self, *, waiting: int, faults_left: int) -> int:
        """How many rows to import now, with so many messages waiting in the queue."""
        if not faults_left:
            return self.left
        if waiting > self.per_second * AHEAD_S:
            return 0
        most = max(LEAST_ROWS, round(self.per_second * AHEAD_S * 2))
        share = self.messages * WITHHELD / (self.faults + 1)
        reserve = round(faults_left * share) + self.to_kill * self.rows_to_kill
        return max(0, min(most, self.left - reserve))

    @property
    def rows_to_kill(self) -> int:
        """Rows of an import that is to be killed."""
        return min(TO_KILL, self.messages // 4)

    def killed_one(self) -> "Supply":
        """After an import was killed half-way."""
        return replace(self, to_kill=max(0, self.to_kill - 1))

    def take(self, rows: int) -> tuple["Supply", Slice]:
        """Hands out up to `rows` recipients, of the campaign that is behind."""
        resend_all = self.messages - self.resend_from
        first_is_behind = self.held * resend_all <= self.resent * self.resend_from
        if self.held < self.resend_from and (first_is_behind or self.resent == resend_all):
            count = min(rows, self.resend_from - self.held)
            return replace(self, held=self.held + count), Slice("chaos", "hold", self.held, count)
        count = min(rows, resend_all - self.resent)
        first = self.resend_from + self.resent
        return replace(self, resent=self.resent + count), Slice(
            "chaos-resend", "resend", first, count
        )

    def everything(self) -> tuple[Slice, ...]:
        """All recipients, as imports that are run again at the end."""
        both = (
            Slice("chaos", "hold", 0, self.resend_from),
            Slice("chaos-resend", "resend", self.resend_from, self.messages - self.resend_from),
        )
        return tuple(one for one in both if one.count)
