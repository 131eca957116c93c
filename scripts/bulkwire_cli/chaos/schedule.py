"""Which fault comes when: everything follows from the seed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from bulkwire_cli.chaos.kinds import Kind

__all__ = ["Step", "expected_seconds", "make_schedule"]

JITTER: Final = 0.4
"""Of the distance between two faults: how much earlier or later one comes."""
EARLY: Final = frozenset({Kind.DEADLOCK_LOOP, Kind.KILL_IMPORTER})
"""In the first half: a lease that a deadlocked child keeps alive runs out late, and an import can
only be killed while there is something left to import."""
_SECONDS: Final = {
    Kind.KILL_WORKER: (5.0, 0.0, 0.0),
    Kind.KILL_CHILD: (2.0, 0.0, 0.0),
    Kind.KILL_REDIS: (6.0, 0.0, 1.5),
    Kind.ROLLBACK_REDIS: (10.0, 0.0, 0.5),
    Kind.HANG_REDIS: (6.0, 1.5, 4.0),
    Kind.FILL_REDIS: (6.0, 2.0, 4.0),
    Kind.DROP_REDIS_REPLIES: (4.0, 1.0, 2.0),
    Kind.STALL_REDIS_LINE: (6.0, 1.0, 4.0),
    Kind.DELAY_REDIS_LINE: (5.0, 2.0, 4.0),
    Kind.DROP_PROVIDER_REPLIES: (4.0, 2.0, 3.0),
    Kind.STALL_PROVIDER_LINE: (8.0, 4.0, 6.0),
    Kind.DELAY_PROVIDER_LINE: (5.0, 2.0, 4.0),
    Kind.RESET_PROVIDER: (4.0, 2.0, 3.0),
    Kind.STORM_503: (10.0, 2.0, 4.0),
}
"""Seconds the kind takes with its recovery, and the least and most that the fault itself lasts."""
_OTHERS: Final = (5.0, 0.0, 0.0)
_LEASES: Final = {
    Kind.STOP_WORKER: (1.3, 2.0),
    Kind.STOP_CHILD: (1.3, 2.0),
    Kind.BLOCK_LOOP: (1.3, 2.0),
}
"""Kinds that last longer than a lease: least and most, in leases."""


@dataclass(frozen=True, slots=True)
class Step:
    """One fault of the schedule."""

    number: int
    """From 1."""
    kind: Kind
    at: float
    """The share of the messages, 0 to 1, that has been on its way when the fault is dealt."""
    seconds: float
    """How long it lasts; 0 where it is over at once."""
    pick: float
    """Which of those there are is hit: 0 is the first, just below 1 the last."""
    strength: float
    """0 to 1: how many replies are dropped, how much is added."""

    def choose(self, number: int) -> int:
        """The index of the victim, of `number` there are."""
        return int(self.pick * number)

    def between(self, least: float, most: float) -> float:
        """A parameter of the fault, by its strength."""
        return least + self.strength * (most - least)


def make_schedule(counts: Mapping[Kind, int], *, seed: int, lease_s: float) -> tuple[Step, ...]:
    """So many faults of each kind, in an order and with parameters that the seed decides."""
    rng = Random(seed)  # noqa: S311 - it has to come out the same again, and secures nothing
    kinds = [kind for kind in Kind for _ in range(counts.get(kind, 0))]
    rng.shuffle(kinds)
    kinds = _early_first(kinds)
    distance = 1 / (len(kinds) + 1)
    return tuple(
        Step(
            number=number,
            kind=kind,
            at=distance * (number + rng.uniform(-JITTER, JITTER)),
            seconds=_lasts(kind, rng, lease_s),
            pick=rng.random(),
            strength=rng.random(),
        )
        for number, kind in enumerate(kinds, start=1)
    )


def expected_seconds(steps: tuple[Step, ...], *, lease_s: float) -> float:
    """About how long the faults take, recoveries included."""
    usual = sum(_SECONDS.get(step.kind, _OTHERS)[0] for step in steps)
    return usual + sum(2 * lease_s for step in steps if step.kind in _LEASES)


def _early_first(kinds: list[Kind]) -> list[Kind]:
    """Those of the second half that must come early change places with others of the first."""
    order = list(kinds)
    half = len(order) // 2
    free = [place for place in range(half) if order[place] not in EARLY]
    late = [place for place in range(half, len(order)) if order[place] in EARLY]
    for one, other in zip(late, free, strict=False):
        order[one], order[other] = order[other], order[one]
    return order


def _lasts(kind: Kind, rng: Random, lease_s: float) -> float:
    if kind in _LEASES:
        return lease_s * rng.uniform(*_LEASES[kind])
    _, least, most = _SECONDS.get(kind, _OTHERS)
    return rng.uniform(least, most)
