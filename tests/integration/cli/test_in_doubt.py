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
    assert bulkwire("in-doubt", "list", "--reason", "other", "--json").json["messages"] == []
    for limit, more in (("1", True), ("2", False)):
        assert bulkwire("in-doubt", "list", "--limit", limit, "--json").json["more"] is more
    said = bulkwire("in-doubt", "list", "--limit", "1").out
    has = "Account default has 2 messages in doubt.\n"
    assert said.endswith(f"1 shown; more fit, see --limit. {has}")
    none = bulkwire("in-doubt", "list", "--campaign", "spring", "--until", "1d").out
    assert none == f"0 shown. {has}"
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
    for answer, said, state in (
        ("", "nobody answered, so nothing was changed: --yes", "in_doubt"),
        ("n\n", "nothing was changed", "in_doubt"),
        ("y\n", "", "queued"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        done = bulkwire("in-doubt", "resend", "a", "--force")
        assert done.code == (1 if said else 0)
        assert said in done.err
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


def test_a_message_in_doubt_is_shown_with_when_why_and_in_which_request(
    bulkwire: Command, messages: Messages
) -> None:
    messages.fall_in_doubt("a")
    (listed,) = bulkwire("in-doubt", "list", "--json").json["messages"]
    shown = bulkwire("in-doubt", "show", "a", "--json").json
    assert (shown["state"], shown["reason"]) == ("in_doubt", "read_timeout")
    assert shown["batch"] == listed["batch"] == "batch-1"
    assert shown["request"] == listed["request"] == 1
    assert shown["changed_at"] == listed["at"]
    assert 0 < shown["answer_may_come_s"] <= 75
    told = bulkwire("in-doubt", "show", "a").out
    assert "batch-1" in told
    assert "An answer may still come for" in told
    messages.enqueue("b")
    assert "b is not in doubt but queued" in bulkwire("in-doubt", "show", "b").err


def test_a_dry_run_says_how_many_people_may_get_it_twice(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    messages.fall_in_doubt("a", "b", "c", campaign="spring")
    messages.fall_in_doubt("a2", campaign="summer")  # to the number of a
    messages.fall_in_doubt("late", validity_period=1, channel="whatsapp")
    with redis.Redis.from_url(redis_url) as client:
        client.sadd(messages.keys.single("suppressed"), "sms:27820000002")  # the number of c
        client.hset(messages.keys.message("late"), "expires_at", 1)
    dry = bulkwire("in-doubt", "resend", "--all", "--force", "--dry-run", "--json").json
    assert (dry["done"], dry["people"]) == (3, 2)
    assert dry["refused"] == {"expired": 1, "opted_out": 1}
    said = bulkwire("in-doubt", "resend", "--campaign", "summer", "--force", "--dry-run").out
    assert said == "1 message would be sent again. 1 person may get it twice.\n"
    assert messages.states("a", "b", "c", "a2", "late") == ["in_doubt"] * 5
    assert bulkwire("log", "--json").json == {"actions": []}
    real = bulkwire("in-doubt", "resend", "--all", "--force", "--yes", "--json").json
    assert {**real, "dry_run": True} == dry
    assert messages.states("a", "b", "c", "a2") == ["queued", "queued", "in_doubt", "queued"]
    discarded = bulkwire("in-doubt", "discard", "c", "late", "--force", "--json").json
    assert discarded["answers"] == {"c": "discarded", "late": "discarded"}


def test_only_what_fits_and_is_old_enough_is_decided(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    ids = [f"m{number:03d}" for number in range(600)]
    messages.fall_in_doubt(*ids, campaign="spring")
    messages.fall_in_doubt("other", "young", channel="whatsapp")
    with redis.Redis.from_url(redis_url) as client, client.pipeline() as pipe:
        for one in [*ids, "other"]:
            pipe.hincrby(messages.keys.message(one), "changed_at", -3_600_000)
            pipe.zincrby(messages.keys.single("in_doubt"), -3_600_000, one)
        pipe.execute()
    for options, count in (
        (("--campaign", "spring"), 600),
        (("--channel", "whatsapp"), 2),
        (("--reason", "read_timeout", "--since", "5m"), 1),
        (("--until", "5m", "--channel", "whatsapp"), 1),
        (("--to", "+27820000001"), 2),
        (("--reason", "lease_lapsed"), 0),
    ):
        found = bulkwire("in-doubt", "list", "--json", "--limit", "1000", *options).json
        assert len(found["messages"]) == count, options
    done = bulkwire("in-doubt", "resend", "--campaign", "spring", "--yes", "--json")
    assert (done.code, done.json["done"], done.json["people"]) == (0, 600, 600)
    done = bulkwire("in-doubt", "discard", "--channel", "whatsapp", "--yes", "--json")
    assert (done.code, done.json["done"], done.json["refused"]) == (0, 1, {"young": 1})
    assert messages.states("other", "young") == ["dead", "in_doubt"]
    assert bulkwire("audit").code == 0


def test_deciding_needs_ids_or_a_selection(bulkwire: Command, messages: Messages) -> None:
    messages.fall_in_doubt("a")
    for command in ("resend", "discard"):
        assert bulkwire("in-doubt", command, "--force", "--yes").code == 2
        assert bulkwire("in-doubt", command, "a", "--all", "--force", "--yes").code == 2
    assert messages.states("a") == ["in_doubt"]
