"""`bulkwire in-doubt`."""

import io

import pytest
import redis

from support.cli import Command, Messages


def test_messages_in_doubt_are_listed(bulkwire: Command, messages: Messages) -> None:
    messages.fall_in_doubt("a", "b", campaign="spring")
    found = bulkwire("in-doubt", "list", "--json").json
    assert found["total"] == 2
    assert sorted(one["id"] for one in found["messages"]) == ["a", "b"]
    assert bulkwire("in-doubt", "list", "--campaign", "other", "--json").json["messages"] == []
    assert "read_timeout" in bulkwire("in-doubt", "list").out


def test_what_may_still_be_answered_is_not_resent_unless_forced(
    bulkwire: Command, messages: Messages
) -> None:
    messages.fall_in_doubt("a")
    done = bulkwire("in-doubt", "resend", "a", "--yes")
    assert done.code == 1
    assert "a: its answer may still come" in done.err
    assert messages.states("a") == ["in_doubt"]
    assert bulkwire("in-doubt", "resend", "a", "--yes", "--force").code == 0
    assert messages.states("a") == ["queued"]


def test_what_is_old_enough_is_resent(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("BULKWIRE_READ_TIMEOUT", "0.001")
    monkeypatch.setenv("BULKWIRE_LEASE", "1")
    messages.fall_in_doubt("a")
    with redis.Redis.from_url(redis_url) as client:
        client.hincrby(messages.keys.message("a"), "changed_at", -2_000)
    assert bulkwire("in-doubt", "resend", "a", "--yes", "--json").json["done"] == 1
    assert messages.states("a") == ["queued"]


def test_resending_asks_first(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.fall_in_doubt("a")
    for answer, state in (("", "in_doubt"), ("n\n", "in_doubt"), ("y\n", "queued")):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        done = bulkwire("in-doubt", "resend", "a", "--force")
        assert "Send 1 message again? 1 person may get it twice." in done.err
        assert messages.states("a") == [state]


def test_what_is_given_up_is_dead_and_off_the_list(bulkwire: Command, messages: Messages) -> None:
    messages.fall_in_doubt("a")
    assert "its answer may still come" in bulkwire("in-doubt", "discard", "a").err
    assert bulkwire("in-doubt", "discard", "a", "--force").code == 0
    assert messages.states("a") == ["dead"]
    assert bulkwire("dead", "list", "--json").json["letters"] == []
    assert bulkwire("dead", "redrive", "a", "--json").json["answers"] == {"a": "discarded"}


def test_what_is_not_in_doubt_is_left_alone_and_told(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a")
    done = bulkwire("in-doubt", "discard", "a", "nobody", "--json")
    assert done.code == 1
    assert done.json["answers"] == {"a": "queued", "nobody": "unknown"}
    assert "a: is queued, not in doubt" in done.err
