"""`bulkwire dead`."""

import time

import redis

from bulkwire.states import Category
from bulkwire.store.keys import WAKE_FLAG
from support.cli import Command, Messages

MANY = [f"m{number:04d}" for number in range(600)]


def wake_ups(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url.removesuffix("/0") + "/1") as broker:
        return int(broker.llen("bulkwire.dispatch"))


def test_dead_letters_are_listed_the_latest_first(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.CONTENT)
    time.sleep(0.002)
    messages.die("b", category=Category.ACCOUNT, reason="insufficient_balance", campaign="spring")
    found = bulkwire("dead", "list", "--json").json
    assert found["total"] == 2
    assert [letter["id"] for letter in found["letters"]] == ["b", "a"]
    assert found["letters"][0]["reason"] == "insufficient_balance"
    assert "27820000000" not in bulkwire("dead", "list").out


def test_a_listing_is_filtered_and_limited(bulkwire: Command, messages: Messages) -> None:
    messages.die(*MANY, category=Category.UNDELIVERED, campaign="spring")
    messages.die("a", "b", "c", category=Category.ACCOUNT, reason="insufficient_balance")

    def ids(*options: str) -> list[str]:
        return [one["id"] for one in bulkwire("dead", "list", "--json", *options).json["letters"]]

    assert sorted(ids("--category", "account")) == ["a", "b", "c"]
    assert sorted(ids("--reason", "insufficient_balance")) == ["a", "b", "c"]
    assert sorted(ids("--campaign", "spring", "--limit", "1000")) == MANY
    assert len(ids("--limit", "2")) == 2


def test_a_dead_letter_is_shown_with_what_to_do(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.RECIPIENT)
    assert "needs --force" in bulkwire("dead", "show", "a").out
    messages.enqueue("b")
    done = bulkwire("dead", "show", "b")
    assert done.code == 1
    assert "b is not dead but queued" in done.err


def test_ids_that_were_not_redriven_are_told_with_the_reason(
    bulkwire: Command, messages: Messages
) -> None:
    messages.die("a", category=Category.CONTENT)
    messages.die("b", category=Category.RECIPIENT)
    messages.enqueue("c")
    done = bulkwire("dead", "redrive", "a", "b", "c", "d", "--json")
    assert done.code == 1
    assert done.json["answers"] == {
        "a": "queued",
        "b": "recipient",
        "c": "not_dead",
        "d": "unknown",
    }
    assert messages.states("a", "b") == ["queued", "dead"]
    assert bulkwire("dead", "redrive", "b", "--force").code == 0
    assert messages.states("b") == ["queued"]


def test_all_are_redriven_but_those_whose_recipient_is_at_fault(
    bulkwire: Command, messages: Messages
) -> None:
    messages.die(*MANY, category=Category.UNDELIVERED)
    messages.die("a", category=Category.RECIPIENT)
    done = bulkwire("dead", "redrive", "--all", "--json")
    assert done.code == 0
    assert done.json["redriven"] == len(MANY)
    assert done.json["refused"] == {"recipient": 1}
    assert set(messages.states(*MANY)) == {"queued"}


def test_a_whole_page_that_died_in_one_millisecond_is_walked_through(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    messages.die(*MANY, category=Category.UNDELIVERED)
    messages.die("later", category=Category.ACCOUNT)
    with redis.Redis.from_url(redis_url) as client:
        client.zadd(messages.keys.single("dead"), dict.fromkeys(MANY, 1_700_000_000_000))
    found = bulkwire("dead", "list", "--limit", "1000", "--json").json["letters"]
    assert sorted(one["id"] for one in found) == sorted([*MANY, "later"])
    # Nothing leaves the index here, which is when a walk can get stuck.
    dry = bulkwire("dead", "redrive", "--all", "--dry-run", "--json").json
    assert dry["redriven"] == len(MANY) + 1
    assert bulkwire("dead", "redrive", "--all", "--json").json["redriven"] == len(MANY) + 1


def test_only_what_fits_is_redriven(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.ACCOUNT, campaign="spring")
    messages.die("b", category=Category.ACCOUNT, campaign="summer")
    messages.die("c", category=Category.CONTENT, campaign="spring")
    done = bulkwire("dead", "redrive", "--campaign", "spring", "--category", "account", "--json")
    assert done.json["redriven"] == 1
    assert messages.states("a", "b", "c") == ["queued", "dead", "dead"]


def test_a_dry_run_foresees_what_redriving_answers_and_moves_nothing(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    messages.die("a", "b", category=Category.ACCOUNT)
    messages.die("c", category=Category.RECIPIENT)
    messages.die("d", category=Category.CONTENT, validity_period=1)
    with redis.Redis.from_url(redis_url) as client:
        client.sadd(messages.keys.single("suppressed"), "sms:27820000001")  # the number of b
        client.hset(messages.keys.message("d"), "expires_at", 1)
    dry = bulkwire("dead", "redrive", "--all", "--dry-run", "--json").json
    assert messages.states("a", "b", "c", "d") == ["dead"] * 4
    assert bulkwire("log", "--json").json == {"actions": []}
    real = bulkwire("dead", "redrive", "--all", "--json").json
    assert real["refused"] == {"expired": 1, "opted_out": 1, "recipient": 1}
    assert (dry["redriven"], dry["refused"]) == (real["redriven"], real["refused"])


def test_redriving_wakes_the_workers(bulkwire: Command, messages: Messages, redis_url: str) -> None:
    messages.die("a", category=Category.ACCOUNT)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(WAKE_FLAG)
    before = wake_ups(redis_url)
    bulkwire("dead", "redrive", "--all")
    assert wake_ups(redis_url) == before + 1


def test_redriving_needs_ids_or_a_selection_and_not_both(
    bulkwire: Command, messages: Messages
) -> None:
    messages.die("a", category=Category.ACCOUNT)
    assert bulkwire("dead", "redrive").code == 2
    assert bulkwire("dead", "redrive", "a", "--all").code == 2
    assert bulkwire("dead", "redrive", "--category", "nonsense").code == 2
    assert messages.states("a") == ["dead"]
