"""`bulkwire suppress`, and that enqueueing and claiming respect it."""

import pytest
import redis

from bulkwire.states import Category
from bulkwire.store.sending import Batch, ClaimTerms, claim
from support.cli import Command, Messages

NUMBER = "+27 82 000 0000"  # of the first message that a test enqueues


def members(messages: Messages, redis_url: str) -> set[str]:
    with redis.Redis.from_url(redis_url) as client:
        found = client.smembers(messages.keys.single("suppressed"))
        return {one.decode() for one in found}


def claimed(messages: Messages) -> list[str]:
    """The ids of the batch that a worker would get now."""
    while True:
        answer = messages.store.run(claim(messages.keys, "x", terms=ClaimTerms(linger_ms=0)))
        if isinstance(answer, Batch):
            return [message.id for message in answer.messages]
        if answer.again_in_ms is None:
            return []


def test_numbers_are_added_and_removed_by_channel(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    done = bulkwire("suppress", "add", NUMBER, "0027820000001", "--channel", "sms", "--json")
    assert done.json == {"account": "default", "added": 2, "already_there": 0}
    assert members(messages, redis_url) == {"sms:27820000000", "sms:27820000001"}
    done = bulkwire("suppress", "add", "082 000 0000", "--region", "za", "--json")
    assert done.json["added"] == 1  # new on WhatsApp
    assert "whatsapp:27820000000" in members(messages, redis_url)
    again = bulkwire("suppress", "add", NUMBER, NUMBER, "--json").json
    assert (again["added"], again["already_there"]) == (0, 1)
    assert bulkwire("suppress", "remove", NUMBER, "--channel", "sms").code == 0
    assert members(messages, redis_url) == {"sms:27820000001", "whatsapp:27820000000"}
    missing = bulkwire("suppress", "remove", NUMBER, "--channel", "sms", "--json")
    assert (missing.code, missing.json["not_there"]) == (1, 1)


def test_a_number_that_is_none_is_told_by_its_place_and_nothing_is_added(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    for command in ("add", "remove"):
        done = bulkwire("suppress", command, NUMBER, "082 000 0001")
        assert done.code == 2
        said = " ".join(done.err.replace("│", " ").split())
        assert "number 2: the number is a local number and no region is given" in said
        assert "000 0001" not in done.err
    assert members(messages, redis_url) == set()
    assert bulkwire("suppress", "add", NUMBER, "--region", "Q9").code == 2


def test_the_list_masks_numbers_unless_asked(bulkwire: Command) -> None:
    bulkwire("suppress", "add", NUMBER, "+447911123456", "--channel", "whatsapp")
    for options in ([], ["--json"]):
        hidden = bulkwire("suppress", "list", *options).out
        assert "27820000000" not in hidden
        assert "*******0000" in hidden
        assert "27820000000" in bulkwire("suppress", "list", "--reveal", *options).out
    assert bulkwire("suppress", "list", "--channel", "sms", "--json").json["suppressed"] == []
    found = bulkwire("suppress", "list", "--to", NUMBER, "--json").json
    assert found["total"] == 2
    assert found["suppressed"] == [{"channel": "whatsapp", "number": "*******0000"}]
    assert len(bulkwire("suppress", "list", "--limit", "1", "--json").json["suppressed"]) == 1


def test_the_list_says_whether_more_fits(bulkwire: Command) -> None:
    bulkwire("suppress", "add", NUMBER, "+447911123456", "--channel", "whatsapp")
    bulkwire("suppress", "add", NUMBER, "--channel", "sms")
    for options, count, more in (
        (("--channel", "whatsapp"), 2, False),
        (("--channel", "whatsapp", "--limit", "2"), 2, False),
        (("--channel", "whatsapp", "--limit", "1"), 1, True),
        (("--to", NUMBER), 2, False),
        (("--to", NUMBER, "--limit", "1"), 1, True),
    ):
        found = bulkwire("suppress", "list", "--json", *options).json
        assert (len(found["suppressed"]), found["more"]) == (count, more), options
        left_out = "; more fit, see --limit" if more else ""
        said = bulkwire("suppress", "list", *options).out
        assert said.endswith(f"{count} shown{left_out}. Account default has 3 entries.\n")
    assert bulkwire("suppress", "list", "--limit", "99999999999999999999").code == 2


def test_the_whole_of_a_long_list_is_shown_once(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    everybody = {f"sms:2782{number:07d}" for number in range(3_000)}
    with redis.Redis.from_url(redis_url) as client:
        client.sadd(messages.keys.single("suppressed"), *everybody)
    found = bulkwire("suppress", "list", "--limit", "9999", "--reveal", "--json").json["suppressed"]
    assert len(found) == 3_000
    assert {f"{one['channel']}:{one['number']}" for one in found} == everybody


def test_what_was_done_is_logged_without_numbers(bulkwire: Command) -> None:
    bulkwire("suppress", "add", NUMBER, "--channel", "sms")
    bulkwire("suppress", "remove", NUMBER)
    log = bulkwire("log", "--json")
    assert "0000000" not in log.out
    assert [(one["action"], one["details"]) for one in log.json["actions"]] == [
        ("suppress remove", {"channel": "both", "numbers": "1"}),
        ("suppress add", {"channel": "sms", "numbers": "1"}),
    ]


def test_who_is_suppressed_gets_nothing_that_is_enqueued(
    bulkwire: Command, messages: Messages
) -> None:
    bulkwire("suppress", "add", NUMBER, "--channel", "sms")
    messages.enqueue("a")
    messages.enqueue("w", channel="whatsapp")
    messages.enqueue("must", ignore_suppression=True)
    assert messages.states("a", "w", "must") == ["suppressed", "queued", "queued"]
    bulkwire("suppress", "remove", NUMBER)
    messages.enqueue("b")
    assert messages.states("a", "b") == ["suppressed", "queued"]


def test_what_waits_already_is_suppressed_when_it_would_be_sent(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a", "b")
    messages.enqueue("must", ignore_suppression=True)
    bulkwire("suppress", "add", NUMBER)
    assert messages.states("a") == ["queued"]
    assert claimed(messages) == ["b", "must"]
    assert messages.states("a") == ["suppressed"]
    history = bulkwire("message", "show", "a", "--json").json["history"]
    assert (history[-1]["word"], history[-1]["reason"]) == ("suppressed", "opted_out")
    assert bulkwire("message", "show", "must", "--json").json["ignore_suppression"] is True


@pytest.mark.parametrize("dry_run", [True, False])
def test_who_opted_out_since_is_not_redriven(
    bulkwire: Command, messages: Messages, *, dry_run: bool
) -> None:
    messages.die("a", "b", category=Category.ACCOUNT)
    bulkwire("suppress", "add", NUMBER)
    options = ["--dry-run"] if dry_run else []
    done = bulkwire("dead", "redrive", "--all", "--json", *options).json
    assert (done["redriven"], done["refused"]) == (1, {"opted_out": 1})
    assert messages.states("a") == ["dead"]
