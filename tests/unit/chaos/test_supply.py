"""What is imported when: work has to last as long as the faults do."""

import pytest

from bulkwire_cli.chaos.supply import Slice, Supply

FAULTS = 20


def supply(messages: int = 10_000, resend_from: int = 8_000, to_kill: int = 0) -> Supply:
    return Supply(
        messages=messages,
        resend_from=resend_from,
        per_second=50,
        faults=FAULTS,
        to_kill=to_kill,
    )


def drained(start: Supply, faults_left: int) -> Supply:
    """After everything was imported and sent that may be while so many faults are left."""
    now = start
    while rows := now.wanted(waiting=0, faults_left=faults_left):
        now, _ = now.take(rows)
    return now


def test_nothing_is_imported_while_enough_is_waiting() -> None:
    assert supply().wanted(waiting=10_000, faults_left=FAULTS) == 0


def test_after_every_fault_something_is_left_for_the_next_one() -> None:
    now = supply()
    for faults_left in range(FAULTS, 0, -1):
        had = now.handed_out
        now = drained(now, faults_left)
        assert now.handed_out > had
        assert now.left > 0


def test_once_all_faults_were_dealt_everything_is_imported() -> None:
    assert supply().wanted(waiting=10_000, faults_left=0) == 10_000


def test_rows_are_kept_for_the_import_that_is_killed() -> None:
    start = supply(to_kill=1)
    assert drained(start, 1).left >= start.rows_to_kill
    assert drained(start.killed_one(), 1).left < start.rows_to_kill


@pytest.mark.parametrize("resend_from", [0, 1, 5_000, 8_000, 10_000])
def test_every_recipient_is_handed_out_exactly_once(resend_from: int) -> None:
    now = supply(resend_from=resend_from)
    given: list[int] = []
    while now.left:
        now, part = now.take(700)
        assert (part.on_doubt == "resend") == (part.first >= resend_from)
        given += range(part.first, part.first + part.count)
    assert sorted(given) == list(range(10_000))


def test_both_campaigns_go_on_side_by_side() -> None:
    now = supply()
    while now.handed_out < 5_000:
        now, _ = now.take(100)
    assert now.resent == pytest.approx(1_000, abs=100)


def test_everything_can_be_imported_again() -> None:
    assert supply().everything() == (
        Slice("chaos", "hold", 0, 8_000),
        Slice("chaos-resend", "resend", 8_000, 2_000),
    )
    assert [part.campaign for part in supply(resend_from=10_000).everything()] == ["chaos"]
