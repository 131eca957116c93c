"""What workers say of themselves."""

from dataclasses import replace

from bulkwire.store.keys import WorkerKey
from bulkwire.store.workers import WorkerReport, read_report, read_report_left_ms, report_worker
from support.store_world import World

WORKER = WorkerKey("celery@here")
REPORT = WorkerReport(
    pid=7,
    still_ms=120,
    claim_ms_ago=120,
    renewal_ms_ago=None,
    settle_ms_ago=4_000,
    excuse="",
    ttl_ms=90_000,
)


def test_a_report_is_read_as_it_was_written_and_lapses_by_itself(world: World) -> None:
    world.run(report_worker(WORKER, REPORT))
    assert world.run(read_report(WORKER)) == REPORT
    assert 50_000 < world.run(read_report_left_ms(WORKER)) <= 90_000
    world.run(report_worker(WORKER, replace(REPORT, ttl_ms=1_000)))
    assert world.run(read_report_left_ms(WORKER)) <= 1_000


def test_a_worker_that_never_said_anything_has_no_report(world: World) -> None:
    assert world.run(read_report(WorkerKey("celery@nowhere"))) is None
    assert world.run(read_report_left_ms(WorkerKey("celery@nowhere"))) == 0


def test_each_worker_has_a_report_of_its_own(world: World) -> None:
    other = WorkerKey("celery@there")
    world.run(report_worker(WORKER, REPORT))
    world.run(report_worker(other, replace(REPORT, pid=8)))
    assert world.run(read_report(WORKER)) == REPORT


def test_a_full_server_takes_reports(world: World) -> None:
    used = int(world.redis.info("memory")["used_memory"])
    world.redis.config_set("maxmemory", used // 2)
    try:
        world.run(report_worker(WORKER, REPORT))
    finally:
        world.redis.config_set("maxmemory", 0)
    assert world.run(read_report(WORKER)) == REPORT
