"""`bulkwire balance` and `bulkwire check`, with the simulator and a server of each kind."""

from datetime import UTC, datetime, timedelta

import pytest

from bulkwire_cli.private_server import start_private_server
from bulkwire_cli.simulator.process import RunningSimulator
from support.cli import Command, Done, Messages
from support.simulated_api import KEY


def results(done: Done) -> dict[str, str]:
    return {one["name"]: one["result"] for one in done.json["checks"]}


def test_the_balance_of_each_account_is_asked_for(
    bulkwire: Command, provider: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.client.set_balance(12.5)
    monkeypatch.setenv("BULKWIRE_API_KEYS", '{"other": "another-key"}')
    done = bulkwire("balance", "--json")
    assert done.code == 0
    assert {one["account"] for one in done.json["accounts"]} == {"default", "other"}
    assert all(one["problem"] is None for one in done.json["accounts"])
    assert "12.5" in bulkwire("balance", "--account", "default").out
    assert bulkwire("balance", "--account", "nobody").code == 1


def test_a_provider_that_is_not_there_is_told_without_the_key(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("BULKWIRE_API_KEY", KEY)
    done = bulkwire("balance")
    assert done.code == 1
    assert "account default: no answer (connect_refused)" in done.err
    assert KEY not in done.out + done.err


def test_without_a_key_there_is_nobody_to_ask_for(bulkwire: Command) -> None:
    done = bulkwire("balance")
    assert done.code == 2
    assert "BULKWIRE_API_KEY is missing" in done.err


def test_a_good_environment_passes_the_check(bulkwire: Command, provider: RunningSimulator) -> None:
    done = bulkwire("check", "--json")
    assert done.code == 0
    assert done.json["ok"] is True
    found = results(done)
    assert found["store"] == found["server"] == found["broker"] == "ok"
    assert found["provider, account default"] == "ok"
    assert found["workers"] == "warn"
    assert "ok   eviction policy: noeviction" in bulkwire("check").out


def test_an_account_whose_messages_wait_without_a_key_is_named(
    bulkwire: Command,
    provider: RunningSimulator,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages.enqueue("a", "b", account="marketing")
    messages.enqueue("c", send_at=datetime.now(UTC) + timedelta(days=1), account="later")
    messages.enqueue("d", account="idle")
    assert messages.client.cancel_message("d", account="idle")
    messages.enqueue("e")

    def warned() -> dict[str, tuple[str, str]]:
        done = bulkwire("check", "--json")
        assert (done.code, done.json["ok"]) == (0, True)
        checks = [one for one in done.json["checks"] if one["name"].startswith("account ")]
        assert all(one["result"] == "warn" for one in checks)
        return {one["name"]: (one["found"], one["remedy"]) for one in checks}

    add = "add it to BULKWIRE_API_KEYS where workers run: "
    assert warned() == {
        "account later": ("1 message waits, and it has no key here", add + '{"later": "…"}'),
        "account marketing": (
            "2 messages wait, and it has no key here",
            add + '{"marketing": "…"}',
        ),
    }
    monkeypatch.setenv("BULKWIRE_API_KEYS", '{"marketing": "secret", "later": "secret"}')
    assert warned() == {}
    monkeypatch.delenv("BULKWIRE_API_KEY")
    assert warned()["account default"] == (
        "1 message waits, and it has no key here",
        "set BULKWIRE_API_KEY where workers run",
    )


def test_a_server_that_evicts_fails_the_check(
    bulkwire: Command, provider: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--maxmemory-policy", "allkeys-lru", "--maxmemory", "100mb")
    with start_private_server(extra_args=options) as server:
        monkeypatch.setenv("BULKWIRE_REDIS_URL", server.url)
        done = bulkwire("check", "--json")
    assert done.code == 1
    assert results(done)["eviction policy"] == "fail"
    (finding,) = [one for one in done.json["checks"] if one["name"] == "eviction policy"]
    assert "maxmemory-policy noeviction" in finding["remedy"]


def test_a_store_that_is_away_fails_the_check_without_its_password(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://:hidden@127.0.0.1:1/0")
    done = bulkwire("check", "--json")
    assert done.code == 1
    assert (results(done)["store"], results(done)["broker"]) == ("fail", "fail")
    assert "127.0.0.1:1" in done.out
    assert "hidden" not in done.out + done.err


def test_a_broker_of_a_kind_that_is_not_there_fails_the_check(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_BROKER_URL", "carrier-pigeon://:hidden@roof/")
    done = bulkwire("check", "--json")
    assert done.code == 1
    assert results(done)["settings"] == "fail"
    assert "BULKWIRE_BROKER_URL" in done.out
    assert "hidden" not in done.out + done.err


def test_wrong_settings_fail_the_check_one_line_each(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_LEASE", "long")
    monkeypatch.setenv("BULKWIRE_API_URL", "nowhere")
    done = bulkwire("check", "--json")
    assert done.code == 1
    assert [one["result"] for one in done.json["checks"]] == ["fail", "fail"]
    assert "BULKWIRE_LEASE" in done.out
    assert "BULKWIRE_API_URL" in done.out
