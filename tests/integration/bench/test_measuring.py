"""The benchmarks measure what they say, on a small scale."""

import json
import os
from typing import Any

import pytest
from redis import Redis

from bulkwire_cli.application import run
from bulkwire_cli.bench.sampling import take_sample


def test_the_audit_is_measured_and_true(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "audit", "--messages", "2000", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["messages"] == 2000
    assert found["audit"] is True
    assert found["messages_a_second"] > 0
    assert 200 < found["bytes_a_message"] < 2000


def test_an_audit_that_took_too_long_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "audit", "--messages", "20000", "--within", "0.1"]) == 1
    assert "20,000" in capsys.readouterr().out


def test_both_append_only_settings_do_all_of_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "durability", "--messages", "1000", "--rounds", "2", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(found["messages_a_second"]) == {
        "enqueue, in pipelines",
        "enqueue, one at a time",
        "claim, depart, settle",
        "all together",
    }
    rates = [each for row in found["messages_a_second"].values() for each in row.items()]
    assert {policy for policy, _ in rates} == {"everysec", "always"}
    assert all(rate > 0 for _, rate in rates)


def test_a_sample_has_the_server_and_the_process(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        empty = take_sample(client, os.getpid(), at_s=0.0)
        client.set("bulkwire:test", b"x" * 5_000_000)
        full = take_sample(client, os.getpid(), at_s=1.0)
    assert full.server_bytes - empty.server_bytes > 4_900_000
    assert full.rss_bytes[os.getpid()] > 10_000_000
