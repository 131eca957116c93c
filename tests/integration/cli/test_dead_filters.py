"""Which dead letters are meant: by time, recipient and channel."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from bulkwire.states import Category
from support.cli import Command, Messages

DAY_MS = 86_400_000


@pytest.fixture
def over_days(messages: Messages, redis_url: str) -> Messages:
    """Letters that died now, and one, two and three days ago; each has a number of its own."""
    messages.die("d0", "d1", "d2", "d3", category=Category.ACCOUNT)
    with redis.Redis.from_url(redis_url) as client:
        for days in range(4):
            ago = -days * DAY_MS
            client.zincrby(messages.keys.single("dead"), ago, f"d{days}")
            client.hincrby(messages.keys.message(f"d{days}"), "changed_at", ago)
    return messages


def listed(bulkwire: Command, *options: str) -> list[str]:
    return [one["id"] for one in bulkwire("dead", "list", "--json", *options).json["letters"]]


def test_letters_are_found_by_when_they_died(bulkwire: Command, over_days: Messages) -> None:
    between = datetime.now(UTC) - timedelta(hours=36)
    assert listed(bulkwire, "--since", "36h") == ["d0", "d1"]
    assert listed(bulkwire, "--until", "36h") == ["d2", "d3"]
    assert listed(bulkwire, "--since", between.isoformat()) == ["d0", "d1"]
    assert listed(bulkwire, "--since", "60h", "--until", "12h") == ["d1", "d2"]
    assert listed(bulkwire, "--since", "9d") == ["d0", "d1", "d2", "d3"]
    assert listed(bulkwire, "--since", "60h", "--limit", "1") == ["d0"]


def test_a_listing_says_whether_more_fits_whatever_else_there_is(
    bulkwire: Command, over_days: Messages
) -> None:
    has = "Account default has 4 dead letters.\n"
    for options, count, more in (
        (("--since", "36h"), 2, False),
        (("--since", "36h", "--limit", "2"), 2, False),
        (("--since", "36h", "--limit", "1"), 1, True),
        (("--since", "36h", "--until", "30h"), 0, False),
        (("--limit", "3"), 3, True),
    ):
        found = bulkwire("dead", "list", "--json", *options).json
        assert (len(found["letters"]), found["more"], found["total"]) == (count, more, 4), options
        left_out = "; more fit, see --limit" if more else ""
        assert bulkwire("dead", "list", *options).out.endswith(f"{count} shown{left_out}. {has}")


def test_only_letters_of_that_time_are_redriven_and_discarded(
    bulkwire: Command, over_days: Messages
) -> None:
    assert bulkwire("dead", "redrive", "--since", "36h", "--json").json["redriven"] == 2
    done = bulkwire("dead", "discard", "--until", "60h", "--yes", "--json")
    assert done.json["discarded"] == 1
    assert over_days.states("d0", "d1", "d2", "d3") == ["queued", "queued", "dead", "dead"]
    assert listed(bulkwire) == ["d2"]


@pytest.mark.parametrize(
    ("number", "region"),
    [("+27 82 000 0002", None), ("27820000002", None), ("082 000 0002", "ZA")],
)
def test_letters_are_found_by_their_recipient_however_the_number_is_written(
    bulkwire: Command,
    over_days: Messages,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    region: str | None,
) -> None:
    if region:
        monkeypatch.setenv("BULKWIRE_DEFAULT_REGION", region)
    assert listed(bulkwire, "--to", number) == ["d2"]
    bulkwire("dead", "redrive", "--to", number)
    assert over_days.states("d2", "d1") == ["queued", "dead"]
    log = bulkwire("log", "--json")
    assert log.json["actions"][-1]["details"] == {"selection": "to=(number)"}
    assert "820000002" not in log.out


def test_letters_are_found_by_their_channel(bulkwire: Command, messages: Messages) -> None:
    messages.die("s", category=Category.ACCOUNT)
    messages.die("w", category=Category.ACCOUNT, channel="whatsapp")
    assert listed(bulkwire, "--channel", "whatsapp") == ["w"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--to", "082 000 0002"), "is a local number and no region is given"),
        (("--since", "yesterday"), "is not a time"),
        (("--since", "1h", "--until", "2h"), "is later than --until"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(
    bulkwire: Command, options: tuple[str, ...], problem: str
) -> None:
    for command in (("list",), ("redrive",), ("discard", "--yes"), ("export",)):
        done = bulkwire("dead", *command, *options)
        assert done.code == 2
        assert problem in " ".join(done.err.replace("│", " ").split())
        assert "082 000 0002" not in done.err


@pytest.mark.parametrize(
    "words",
    [("dead", "list"), ("dead", "redrive"), ("dead", "export"), ("in-doubt", "list")],
    ids=" ".join,
)
def test_a_campaign_that_there_is_not_is_told(bulkwire: Command, words: tuple[str, ...]) -> None:
    done = bulkwire(*words, "--campaign", "novmeber")
    assert (done.code, done.out) == (1, "")
    assert "has no campaign novmeber: see `bulkwire campaign list`" in done.err
