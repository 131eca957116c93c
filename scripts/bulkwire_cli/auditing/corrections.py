"""What counts should be: judged only where nothing moved while the records were counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bulkwire_cli.auditing.counts import SUM, KeptCounts, Recount, of_owner

__all__ = ["Correction", "Look", "corrections"]


@dataclass(frozen=True, slots=True)
class Look:
    """One count of all records, and what the counts said before and after it."""

    before: KeptCounts
    found: Recount
    after: KeptCounts


@dataclass(frozen=True, slots=True)
class Correction:
    """A count that is wrong, and what the records add up to."""

    campaign: str
    """`""` for the account."""
    name: str
    """A state, or `total`."""
    seen: int
    right: int


def corrections(
    first: Look, second: Look, sure: Mapping[tuple[str, str], int]
) -> tuple[Correction, ...]:
    """The counts that can be put right.

    All counts of their owner have to be the same in four readings: a single count may look at rest
    while as many messages enter its state as leave it.
    """
    readings = (first.before, first.after, second.before, second.after)
    right = []
    for owner, name in sure:
        seen = [of_owner(counts, owner) for counts in readings]
        found = [of_owner(look.found, owner).get(name, 0) for look in (first, second)]
        at_rest = all(counts == seen[0] for counts in seen) and found[0] == found[1]
        if at_rest and name != SUM:
            right.append(Correction(owner, name, seen[0].get(name, 0), found[0]))
    return tuple(right)
