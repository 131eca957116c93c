"""What a run has shown, and whether the promises held. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bulkwire_cli.auditing.audit import AccountAudit
from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.plan import Plan
from bulkwire_cli.chaos.recovery import MISSED, Dealt
from bulkwire_cli.reconciliation.comparison import Comparison

__all__ = ["KindSummary", "Verdict", "summaries"]

COMES_BACK: Final = (Kind.KILL_REDIS, Kind.ROLLBACK_REDIS)


@dataclass(frozen=True, slots=True)
class KindSummary:
    """All faults of one kind. Seconds; None where none of them recovered."""

    kind: Kind
    count: int
    went_on_s: tuple[float, float] | None
    """Median and longest, from a fault's end until the provider took in more."""
    given_back_s: tuple[float, float] | None
    """Median and longest, until what was held when the fault began was held no more."""
    never: int
    """Faults after which nothing more was taken in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a run."""

    plan: Plan
    dealt: tuple[Dealt, ...]
    comparison: Comparison
    audit: AccountAudit
    dead: Counter[tuple[str, str]]
    """Dead letters by (category, reason)."""
    exposed: frozenset[str]
    """Messages that had departed and were unsettled at some fault: the bound of what may be in
    doubt."""
    had_to_be_ended: tuple[str, ...]
    """Processes that should have ended by themselves."""
    seconds: float

    @property
    def doubted(self) -> frozenset[str]:
        """Messages that are in doubt, or were until they were sent again by decision."""
        return self.comparison.in_doubt_ids | self.comparison.resent_ids

    @property
    def unexplained(self) -> frozenset[str]:
        """Messages that are in doubt though no fault was seen to hit them."""
        return self.doubted - self.exposed

    @property
    def within_bound(self) -> bool:
        """Not more is in doubt than had departed and was unsettled."""
        return len(self.doubted) <= len(self.exposed)

    @property
    def redis_came_back(self) -> tuple[Dealt, ...]:
        """The faults after which Redis came back as another process."""
        return tuple(one for one in self.dealt if one.step.kind in COMES_BACK)

    @property
    def in_time(self) -> int:
        """After how many of those things went on within two leases of Redis's first answer."""
        most = 2 * self.plan.lease_s
        times = (one.went_on_s for one in self.redis_came_back)
        return sum(seconds is not None and seconds <= most for seconds in times)

    @property
    def ok(self) -> bool:
        """Every promise held, and every fault was dealt and hit something."""
        return (
            self.is_conserved
            and not self.unexplained
            and self.in_time == len(self.redis_came_back)
            and not self.had_to_be_ended
            and len(self.dealt) == len(self.plan.steps)
            and not self.missed
        )

    @property
    def missed(self) -> tuple[Dealt, ...]:
        """The faults that hit nothing."""
        return tuple(one for one in self.dealt if one.victim == MISSED)

    @property
    def is_conserved(self) -> bool:
        """Nothing was lost or doubled, and no more is in doubt than may be; times apart."""
        return self.comparison.ok and self.audit.ok and self.within_bound


def summaries(dealt: Sequence[Dealt]) -> list[KindSummary]:
    """One summary for each kind that was dealt, in the order of `Kind`."""
    by_kind: defaultdict[Kind, list[Dealt]] = defaultdict(list)
    for one in dealt:
        by_kind[one.step.kind].append(one)
    return [_summary(kind, by_kind[kind]) for kind in Kind if kind in by_kind]


def _summary(kind: Kind, faults: Sequence[Dealt]) -> KindSummary:
    went_on = [one.went_on_s for one in faults if one.went_on_s is not None]
    given_back = [one.given_back_s for one in faults if one.given_back_s is not None]
    return KindSummary(
        kind=kind,
        count=len(faults),
        went_on_s=_spread(went_on),
        given_back_s=_spread(given_back),
        never=len(faults) - len(went_on),
    )


def _spread(seconds: Sequence[float]) -> tuple[float, float] | None:
    return (median(seconds), max(seconds)) if seconds else None
