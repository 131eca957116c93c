"""What the records add up to, against what the counts say. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bulkwire.states import State
from bulkwire.store.auditing import PageChecked

__all__ = [
    "SUM",
    "TOTAL",
    "Differences",
    "KeptCounts",
    "Recount",
    "differences",
    "of_owner",
    "recount",
]

TOTAL: Final = "total"
SUM: Final = "sum of the states"
PASSED: Final = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING, State.ACCEPTED})
CAMPAIGN_ROLL: Final = "c:"
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recount:
    """Messages per state and `total`, counted record by record: of the account, of campaigns."""

    account: Counts
    campaigns: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class KeptCounts:
    """The counts as they were kept, at one moment."""

    account: Counts
    campaigns: Mapping[str, Counts]
    unreadable: tuple[tuple[str, str], ...] = ()
    """(campaign, or "" for the account; state or `total`) of counts that are no number."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What the counts have too much (or too little, below 0), by whose and which count."""

    sure: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(campaign, or "" for the account; state or `total`) → difference."""
    moving: frozenset[str] = frozenset()
    """States that changed while the records were counted, so that a difference proves nothing."""


def recount(pages: Iterable[tuple[str, PageChecked]]) -> Recount:
    """Adds up pages, each with the roll it belongs to."""
    account: Counter[str] = Counter()
    campaigns: dict[str, Counter[str]] = {}
    for roll, page in pages:
        found = Counter({str(state): n for state, n in page.states.items()})
        found[State.ARCHIVED.value] = page.archived
        found[TOTAL] = page.ids
        account.update(found)
        if roll.startswith(CAMPAIGN_ROLL):
            name = roll.removeprefix(CAMPAIGN_ROLL)
            campaigns.setdefault(name, Counter()).update(found)
    return Recount(account, campaigns)


def differences(before: KeptCounts, found: Recount, after: KeptCounts) -> Differences:
    """Compares what was counted with the counts read before and after.

    Messages move on meanwhile. `total` only grows, so the records must lie between the two readings
    of it. A state can be judged where both readings agree; one that messages pass through, where
    nothing of its owner moved: as many may have come into it as left it.
    """
    sure: dict[tuple[str, str], int] = {}
    moving: set[str] = set()
    owners = ["", *sorted({*before.campaigns, *found.campaigns, *after.campaigns})]
    for owner in owners:
        first, counted, last = (of_owner(counts, owner) for counts in (before, found, after))
        for name in (TOTAL, *State):
            low, number, high = first.get(name, 0), counted.get(name, 0), last.get(name, 0)
            passed = name in PASSED and first != last and (low or number)
            if name != TOTAL and (low != high or passed):
                moving.add(str(name))
            elif not low <= number <= high:
                sure[owner, str(name)] = (low if number < low else high) - number
        for reading in (first, last):
            # One reading is of one moment: whatever moves, it must add up.
            short = reading.get(TOTAL, 0) - sum(reading.get(state, 0) for state in State)
            if short:
                sure[owner, SUM] = -short
    return Differences(sure, frozenset(moving))


def of_owner(counts: KeptCounts | Recount, owner: str) -> Counts:
    return counts.campaigns.get(owner, {}) if owner else counts.account
