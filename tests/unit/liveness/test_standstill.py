"""For how long standing still is no fault."""

import pytest

from bulkwire_workers.liveness.standstill import RECONNECTS_WITHIN_S, Excuse, Standstill

LIMIT = 30.0
STARTED = Standstill.starting(1_000.0, LIMIT)


def test_a_worker_that_got_somewhere_within_the_limit_is_not_stuck() -> None:
    assert not STARTED.is_too_long(progress_at=1_100.0, now=1_129.9)
    assert STARTED.is_too_long(progress_at=1_100.0, now=1_130.0)


def test_a_worker_that_never_got_anywhere_has_the_limit_from_its_start() -> None:
    assert STARTED.still_s(0, 1_010.0) == 10
    assert not STARTED.is_too_long(0, 1_029.0)
    assert STARTED.is_too_long(0, 1_030.0)


@pytest.mark.parametrize("excuse", sorted(set(Excuse) - {Excuse.BROKER_AWAY}))
def test_what_excuses_a_standstill_makes_its_time_begin_anew(excuse: Excuse) -> None:
    excused = STARTED.excused(excuse, 2_000.0)
    assert excused.still_s(1_000.0, 2_010.0) == 10
    assert excused.is_too_long(1_000.0, 2_030.0)


def test_after_the_broker_came_back_celery_may_take_its_time_to_see_it() -> None:
    excused = STARTED.excused(Excuse.BROKER_AWAY, 2_000.0)
    assert excused.still_s(0, 2_000.0) == 0
    assert not excused.is_too_long(0, 2_000.0 + RECONNECTS_WITHIN_S + LIMIT - 1)
    assert excused.is_too_long(0, 2_000.0 + RECONNECTS_WITHIN_S + LIMIT)


def test_a_later_excuse_does_not_shorten_an_earlier_one() -> None:
    excused = STARTED.excused(Excuse.BROKER_AWAY, 2_000.0).excused(Excuse.STORE_AWAY, 2_001.0)
    assert excused.counts_from == 2_000.0 + RECONNECTS_WITHIN_S


def test_a_child_is_stuck_a_little_before_its_worker_would_be() -> None:
    assert not STARTED.child_is_stuck(1_100.0, 1_123.0)
    assert STARTED.child_is_stuck(1_100.0, 1_124.0)
    assert STARTED.child_is_stuck(1_100.0, 1_129.0)


def test_a_child_without_a_loop_is_not_stuck() -> None:
    assert not STARTED.child_is_stuck(None, 9_999.0)


def test_children_that_stood_still_together_with_their_parent_are_not_stuck() -> None:
    excused = STARTED.excused(Excuse.ASLEEP, 2_000.0)
    assert not excused.child_is_stuck(1_000.0, 2_023.0)
    assert excused.child_is_stuck(1_000.0, 2_024.0)


def test_an_outage_does_not_excuse_a_child_whose_loop_stands_still() -> None:
    for excuse in set(Excuse) - {Excuse.ASLEEP}:
        assert STARTED.excused(excuse, 2_000.0).child_is_stuck(1_000.0, 2_001.0)
