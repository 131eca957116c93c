"""`bulkwire audit --repair`: what it says, keeps in the log and exits with."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from bulkwire import Bulkwire
from bulkwire.store.keys import Keys
from bulkwire_cli.application import run

KEYS = Keys("default")
READY = KEYS.family("ready", "normal", "sms", "")


@pytest.fixture
def client(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """The client of a store with 30 queued messages, `m-0` to `m-29`."""
    monkeypatch.setenv("BULKWIRE_REDIS_URL", redis_url)
    messages = ({"to": f"+2782{n:07d}", "content": "Hi", "id": f"m-{n}"} for n in range(30))
    with Bulkwire(redis_url=redis_url) as bulkwire:
        assert len(list(bulkwire.enqueue_messages(messages))) == 30
    with Redis.from_url(redis_url) as client:
        yield client


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = run(["audit", *arguments, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found["accounts"]["default"]


def test_it_names_what_it_put_right_and_exits_0(
    client: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    client.lrem(READY, 0, "m-7")
    client.hincrby(KEYS.single("counts"), "dead", 2)
    assert run(["audit", "--repair"]) == 0
    out = capsys.readouterr().out
    assert "repaired m-7: queued, but stands in no ready list" in out
    assert "the account: its count of dead is now 0, not 2" in out
    assert "Audit: true. 30 messages, each in exactly one state." in out
    assert run(["audit"]) == 0


def test_a_dry_run_says_the_same_changes_nothing_and_exits_1(
    client: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    client.delete(READY)
    assert run(["audit", "--repair", "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert "would repair m-10: queued, but stands in no ready list" in out
    assert "Audit: BROKEN. 30 faults" in out
    assert client.exists(READY) == 0
    code, found = as_json(capsys, "--repair", "--dry-run")
    assert code == 1
    assert len(found["repaired"]) == 30
    assert client.exists(READY) == 0


def test_a_lost_record_is_said_to_be_beyond_repair_and_exits_1(
    client: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    client.delete(KEYS.message("m-7"))
    assert run(["audit", "--repair"]) == 1
    out = capsys.readouterr().out
    assert "nothing of it can be repaired" in out
    assert "What has no record any more cannot be repaired" in out
    code, found = as_json(capsys, "--repair")
    assert code == 1
    assert found["repaired"] == []
    assert [one["subject"] for one in found["wrong"]] == ["lost"]


def test_the_operator_log_keeps_who_repaired_how_much(
    client: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["audit", "--repair"])
    client.lrem(READY, 0, "m-7")
    run(["audit", "--repair", "--dry-run"])
    run(["audit", "--repair"])
    capsys.readouterr()
    run(["log", "--json"])
    actions = json.loads(capsys.readouterr().out)["actions"]
    assert [one["action"] for one in actions] == ["audit --repair: done", "audit --repair"]
    assert actions[0]["details"] == {"repaired": "1"}


def test_a_dry_run_without_repair_is_bad_usage(
    client: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "--dry-run"]) == 2
    assert "--repair" in capsys.readouterr().err
