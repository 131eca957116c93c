"""Processes that stand still are replaced; a worker that gets nowhere, or can't stop, ends."""

import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bulkwire_cli.simulator.client import SimulatorClient
from support import stalling_worker, wait_until
from support.health import health
from support.shop import Shop, Simulate
from support.stalling_worker import DEADLOCK_LOOP, HANG_MAIN_THREAD, KEEP_PYTHONS_LOCK
from support.worker import StartWorker, Worker

MESSAGES = 3000
SLOWLY = {"latency_ms": [100, 300]}
STUCK_AFTER_S = 5
SOON = {"STUCK_AFTER": str(STUCK_AFTER_S), "LEASE": "2", "REQUESTS": "4"}
REPLACED = '"event": "child_stuck"'
GAVE_UP = '"event": "worker_stuck"'
OVERRAN = '"event": "stop_overran"'
SAME_NAME = '"event": "same_node_name"'


@pytest.fixture
def stall_worker(start_worker: StartWorker) -> StartWorker:
    """Starts a worker that signals can make stand still."""
    entry = (str(Path(stalling_worker.__file__)),)
    return partial(start_worker, senders=2, troubled=True, entry=entry, **SOON)


def wait_for_progress(provider: SimulatorClient) -> None:
    wait_until(
        lambda: provider.summary(statuses=False).messages.accepted > 300, 60, "some messages"
    )


def assert_nobody_got_two(shop: Shop, provider: SimulatorClient) -> None:
    shop.assert_conserved(MESSAGES)
    assert set(Counter(entry.to for entry in provider.ledger()).values()) == {1}


@pytest.mark.parametrize(
    "how", [DEADLOCK_LOOP, KEEP_PYTHONS_LOCK, signal.SIGSTOP], ids=["deadlock", "lock", "stop"]
)
def test_children_that_stand_still_are_replaced_and_the_campaign_goes_on(
    simulate: Simulate, shop: Shop, stall_worker: StartWorker, how: int
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES))

    with stall_worker() as worker:
        wait_for_progress(provider)
        before = worker.children()
        for child in before:
            child.send_signal(how)
        wait_until(lambda: not {*before} & {*worker.children()}, 60, "replacements")
        shop.wait_until_sent()
        assert health(worker, **SOON)[0] == 0
        assert worker.output().count(REPLACED) >= len(before)
        assert GAVE_UP not in worker.output()
    assert_nobody_got_two(shop, provider)


def hang_the_children(worker: Worker) -> None:
    for child in worker.children():
        child.send_signal(HANG_MAIN_THREAD)


def hang_the_parent(worker: Worker) -> None:
    worker.process.send_signal(HANG_MAIN_THREAD)


@pytest.mark.parametrize("hang", [hang_the_children, hang_the_parent])
def test_a_worker_that_gets_nowhere_ends_with_all_its_processes(
    simulate: Simulate, shop: Shop, stall_worker: StartWorker, hang: Any
) -> None:
    provider = simulate(latency_ms=[500, 900])
    shop.enqueue(range(MESSAGES))

    with stall_worker() as worker:
        wait_for_progress(provider)
        hang(worker)
        total = MESSAGES + enqueue_until_it_ends(worker, shop)
        worker.wait_until_ended()
        assert worker.process.returncode == 1
        assert worker.output().count(GAVE_UP) == 1
    with stall_worker():
        shop.wait_until_sent()
    shop.assert_conserved(total)


def test_a_worker_whose_children_do_not_end_when_it_stops_ends_them_in_time_and_says_where_it_was(
    simulate: Simulate, shop: Shop, stall_worker: StartWorker
) -> None:
    simulate()
    shop.enqueue(range(100))

    with stall_worker(STUCK_AFTER="600") as worker:
        shop.wait_until_sent()
        hang_the_children(worker)
        worker.process.terminate()
        worker.wait_until_ended()
        assert worker.process.returncode == 1
        assert worker.output().count(OVERRAN) == 1
        assert "most recent call first" in worker.output().partition(OVERRAN)[2]


def enqueue_until_it_ends(worker: Worker, shop: Shop) -> int:
    """Something to do at every moment: what loops have begun goes on for a session. How many."""
    more = 0
    while worker.process.poll() is None and more < 600:
        shop.enqueue([MESSAGES + more])
        more += 1
        time.sleep(0.2)
    return more


def test_a_worker_that_was_stopped_whole_is_unhealthy_and_goes_on_when_it_is_continued(
    simulate: Simulate, shop: Shop, stall_worker: StartWorker
) -> None:
    provider = simulate(**SLOWLY)
    shop.enqueue(range(MESSAGES))

    with stall_worker() as worker:
        wait_for_progress(provider)
        worker.signal_all(signal.SIGSTOP)
        code, said = wait_until(lambda: sick(worker), 60, "the health check failing")
        assert (code, said["something_to_do"]) == (1, True)
        worker.signal_all(signal.SIGCONT)
        wait_until(lambda: health(worker, **SOON)[0] == 0, 60, "the health check")
        shop.wait_until_sent()
        assert REPLACED not in worker.output()
        assert GAVE_UP not in worker.output()
    assert_nobody_got_two(shop, provider)


def sick(worker: Worker) -> tuple[int, dict[str, Any]] | None:
    answer = health(worker, **SOON)
    return answer if answer[0] else None


def test_workers_that_go_by_one_name_are_told_and_no_health_hides_it(
    start_worker: StartWorker,
) -> None:
    with start_worker(troubled=True) as first, start_worker(troubled=True) as second:
        wait_until(
            lambda: all(SAME_NAME in worker.output() for worker in (first, second)),
            60,
            "each telling of the other",
        )
        said = health(first)[1]["why"]
        assert "another worker goes by this name" in said
        assert second.output().count(SAME_NAME) == 1
