"""The schedule of faults: all of it follows from the seed."""

import pytest

from bulkwire_cli.chaos.kinds import Kind
from bulkwire_cli.chaos.schedule import EARLY, Step, expected_seconds, make_schedule

COUNTS = {Kind.KILL_WORKER: 6, Kind.KILL_REDIS: 3, Kind.DEADLOCK_LOOP: 1, Kind.KILL_IMPORTER: 1}
LEASE_S = 2.0


def schedule(seed: int) -> tuple[Step, ...]:
    return make_schedule(COUNTS, seed=seed, lease_s=LEASE_S)


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(7) == schedule(7)


def test_another_seed_gives_another_schedule() -> None:
    assert schedule(7) != schedule(8)


@pytest.mark.parametrize("seed", range(20))
def test_every_fault_that_was_asked_for_is_there(seed: int) -> None:
    kinds = [step.kind for step in schedule(seed)]
    assert {kind: kinds.count(kind) for kind in kinds} == COUNTS


@pytest.mark.parametrize("seed", range(20))
def test_faults_come_in_order_while_there_is_something_left_to_send(seed: int) -> None:
    steps = schedule(seed)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    times = [step.at for step in steps]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 1


@pytest.mark.parametrize("seed", range(20))
def test_what_takes_long_to_come_back_comes_in_the_first_half(seed: int) -> None:
    steps = schedule(seed)
    assert all(step.number <= len(steps) // 2 for step in steps if step.kind in EARLY)


@pytest.mark.parametrize("kind", [Kind.STOP_WORKER, Kind.STOP_CHILD, Kind.BLOCK_LOOP])
def test_who_is_stopped_is_stopped_past_its_lease(kind: Kind) -> None:
    (step,) = make_schedule({kind: 1}, seed=1, lease_s=5)
    assert 5 < step.seconds <= 10


def test_a_victim_is_always_one_of_those_there_are() -> None:
    step = Step(number=1, kind=Kind.KILL_CHILD, at=0.5, seconds=0, pick=0.999, strength=1)
    assert step.choose(1) == 0
    assert step.choose(3) == 2
    assert step.between(2, 5) == 5


def test_more_faults_take_longer() -> None:
    few = make_schedule({Kind.KILL_WORKER: 1}, seed=1, lease_s=LEASE_S)
    assert expected_seconds(schedule(1), lease_s=LEASE_S) > expected_seconds(few, lease_s=LEASE_S)


def test_no_faults_make_an_empty_schedule() -> None:
    assert make_schedule({}, seed=1, lease_s=LEASE_S) == ()
