"""What is made of a worker's last report."""

from dataclasses import replace

import pytest

from bulkwire.store.workers import WorkerReport
from bulkwire_cli.health import Health, judge_health

REPORT = WorkerReport(
    pid=7,
    still_ms=500,
    claim_ms_ago=500,
    renewal_ms_ago=None,
    settle_ms_ago=None,
    excuse="",
    ttl_ms=90_000,
)


def judge(report: WorkerReport | None, *, age_ms: int = 1_000, work: bool = True) -> Health:
    left_ms = report.ttl_ms - age_ms if report else 0
    return judge_health(report, left_ms, 30, lambda: work)


def test_a_worker_that_gets_on_is_healthy() -> None:
    assert judge(REPORT) == Health(healthy=True, why="made progress 2 s ago", still_ms=1_500)


def test_a_standstill_counts_only_where_there_is_something_to_do() -> None:
    still = replace(REPORT, still_ms=29_500)
    assert not judge(still).healthy
    assert judge(still, work=False).healthy


def test_a_report_that_is_not_renewed_is_a_standstill() -> None:
    assert judge(REPORT, age_ms=29_000).healthy
    assert not judge(REPORT, age_ms=29_500).healthy


@pytest.mark.parametrize("work", [True, False])
def test_without_a_report_what_counts_is_whether_there_is_something_to_do(work: bool) -> None:
    judged = judge(None, work=work)
    assert judged.healthy is not work
    assert judged.still_ms is None


def test_the_excuse_is_told() -> None:
    assert "broker_away" in judge(replace(REPORT, excuse="broker_away")).why


def test_a_name_that_two_workers_go_by_is_told() -> None:
    why = judge(replace(REPORT, namesake=True)).why
    assert why.startswith("made progress 2 s ago; but another worker goes by this name")
