"""Progress and beats in memory that processes share."""

import os
import signal
import time

from bulkwire_workers.liveness.pulse import Pulse, Step


def in_a_child(work: object) -> int:
    """Forks, runs `work` in the child, and answers its process id when it has ended."""
    assert callable(work)
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    return pid


def test_nothing_was_ever_done_at_first() -> None:
    pulse = Pulse()
    assert [pulse.last(step) for step in Step] == [None] * 3
    assert pulse.last_of() == 0
    assert pulse.last_beat(os.getpid()) is None


def test_the_parent_sees_what_a_child_did_before_it_was_killed() -> None:
    pulse, before = Pulse(), time.monotonic()
    in_a_child(lambda: pulse.made(Step.RENEWAL))
    told = pulse.last(Step.RENEWAL)
    assert told is not None
    assert before <= told <= time.monotonic()
    assert pulse.last(Step.CLAIM) is None
    assert pulse.last_of() == told


def test_each_child_has_a_beat_of_its_own() -> None:
    pulse = Pulse()
    first, second = in_a_child(pulse.beat), in_a_child(pulse.beat)
    earlier, later = pulse.last_beat(first), pulse.last_beat(second)
    assert earlier is not None
    assert later is not None
    assert earlier <= later
    assert pulse.last_beat(os.getpid()) is None


def test_a_child_whose_loop_ended_is_not_waited_for() -> None:
    pulse = Pulse()
    child = in_a_child(pulse.beat)
    pulse.fall_silent(child)
    assert pulse.last_beat(child) is None


def test_a_process_that_comes_to_the_place_of_another_does_not_inherit_its_beat() -> None:
    pulse = Pulse()
    child = in_a_child(pulse.beat)
    assert pulse.last_beat(child + 4096) is None
