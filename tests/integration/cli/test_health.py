"""`bulkwire health`, on reports of workers."""

import socket
from dataclasses import replace

import pytest

from bulkwire.store.keys import WorkerKey
from bulkwire.store.steering import HoldReason, place_hold
from bulkwire.store.workers import WorkerReport, report_worker
from bulkwire_cli.private_server import start_private_server
from support.cli import Command, Messages

HERE = WorkerKey(f"celery@{socket.gethostname()}")
CALM = WorkerReport(7, 400, 400, None, None, "", 90_000)
STILL = replace(CALM, still_ms=31_000)


def test_the_worker_of_this_host_is_asked_for_by_default(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("m1")
    messages.store.run(report_worker(HERE, CALM))
    done = bulkwire("health")
    assert done.code == 0
    assert done.out.startswith(f"healthy: {HERE.name} made progress ")
    assert len(done.out.splitlines()) == 1


def test_a_worker_that_stands_still_beside_work_is_not_healthy(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("m1")
    messages.store.run(report_worker(HERE, STILL))
    done = bulkwire("health", "--json")
    assert done.code == 1
    assert done.json["healthy"] is False
    assert done.json["something_to_do"] is True
    assert done.json["report"]["still_ms"] == 31_000
    assert bulkwire("health").out.startswith(f"UNHEALTHY: {HERE.name} has stood still for ")


def test_a_worker_that_stands_still_without_work_is_healthy(
    bulkwire: Command, messages: Messages
) -> None:
    messages.store.run(report_worker(HERE, STILL))
    assert bulkwire("health").code == 0
    messages.enqueue("m1")
    hold = place_hold(messages.keys, HoldReason.OPERATOR, comes_from=1, why="x", by="me")
    messages.store.run(hold)
    assert bulkwire("health").code == 0


def test_what_the_settings_limit_is_no_work(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.enqueue("m1")
    messages.store.run(report_worker(HERE, STILL))
    monkeypatch.setenv("BULKWIRE_STUCK_AFTER", "60")
    assert bulkwire("health").code == 0


def test_another_worker_is_asked_for_by_its_name(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("m1")
    messages.store.run(report_worker(HERE, CALM))
    assert bulkwire("health", "--worker", "sms@elsewhere").code == 1
    messages.store.run(report_worker(WorkerKey("sms@elsewhere"), CALM))
    assert bulkwire("health", "--worker", "sms@elsewhere").code == 0
    assert bulkwire("health", "--worker", "celery@%h").code == 0


def test_where_redis_is_away_nothing_can_be_told(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://:secret@127.0.0.1:1/0")
    done = bulkwire("health")
    assert done.code == 0
    assert "cannot be judged" in done.out
    assert "secret" not in done.out + done.err


def test_on_a_replica_nothing_can_be_told(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_private_server(extra_args=("--replicaof", "127.0.0.1", "1")) as replica:
        monkeypatch.setenv("BULKWIRE_REDIS_URL", replica.url)
        done = bulkwire("health")
    assert done.code == 0
