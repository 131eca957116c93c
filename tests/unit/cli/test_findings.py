"""What `bulkwire check` and workers that start make of a server's INFO."""

import pytest

from bulkwire_workers.server_findings import Result, judge_server

GOOD = {
    "redis_version": "7.4.0",
    "role": "master",
    "maxmemory_policy": "noeviction",
    "maxmemory": 1_000_000,
    "used_memory": 100_000,
    "evicted_keys": 0,
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
}


def test_a_server_as_it_should_be_has_nothing_to_complain_of() -> None:
    assert {finding.result for finding in judge_server(GOOD, [])} == {Result.OK}


@pytest.mark.parametrize(
    ("name", "change", "result"),
    [
        ("server role", {"role": "slave"}, Result.FAIL),
        ("eviction policy", {"maxmemory_policy": "volatile-lru"}, Result.FAIL),
        ("eviction policy", {"maxmemory_policy": "unknown"}, Result.WARN),
        ("evicted keys", {"evicted_keys": 7}, Result.FAIL),
        ("memory", {"maxmemory": 0}, Result.WARN),
        ("memory", {"used_memory": 850_000}, Result.WARN),
        ("persistence", {"aof_enabled": 0}, Result.WARN),
        ("persistence", {"aof_last_write_status": "err"}, Result.FAIL),
        ("persistence", {"rdb_last_bgsave_status": "err"}, Result.FAIL),
    ],
)
def test_each_fault_is_found_and_has_a_remedy(
    name: str, change: dict[str, object], result: Result
) -> None:
    (fault,) = [one for one in judge_server({**GOOD, **change}, []) if one.result is not Result.OK]
    assert (fault.name, fault.result) == (name, result)
    assert fault.remedy


def test_a_server_that_is_too_old_is_found_by_its_commands() -> None:
    (fault,) = [one for one in judge_server(GOOD, ["waitaof"]) if one.result is not Result.OK]
    assert fault.result is Result.FAIL
    assert "waitaof" in fault.found


@pytest.mark.parametrize(
    "change",
    [{"role": "slave"}, {"maxmemory_policy": "allkeys-lru"}, {"maxmemory_policy": "volatile-ttl"}],
)
def test_no_worker_starts_on_a_server_that_loses_messages_or_refuses_them(
    change: dict[str, object],
) -> None:
    (fault,) = [one for one in judge_server({**GOOD, **change}, []) if one.stops_workers]
    assert fault.result is Result.FAIL
    assert fault.remedy in str(fault)


@pytest.mark.parametrize("change", [{"evicted_keys": 7}, {"aof_enabled": 0}, {"maxmemory": 0}])
def test_what_is_only_doubtful_stops_no_worker(change: dict[str, object]) -> None:
    assert not any(one.stops_workers for one in judge_server({**GOOD, **change}, []))
