"""`bulkwire status`."""

import re

import pytest
import redis

from bulkwire.states import Category, Channel, State
from bulkwire.store.rates import slow_down
from bulkwire.store.sending import Batch, ClaimTerms, claim
from support.cli import TERMS, Command, Messages

MANY = [f"m{number}" for number in range(1_200)]
# Those that only a narrow page has: its headings, and for how long a hold has stood.
NARROW_WORDS = {"for", "due", "later", "missing", "s", "min", *map(str, range(60))}


def test_states_are_counted_over_everything(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", "b", category=Category.CONTENT)
    messages.enqueue("c", account="other")
    done = bulkwire("status", "--json")
    assert done.code == 0
    assert set(done.json["states"]) == set(State)
    assert done.json["states"]["dead"] == 2
    assert done.json["states"]["queued"] == 1
    assert done.json["total"] == 3
    assert [one["account"] for one in done.json["accounts"]] == ["default", "other"]


def test_one_account_is_counted_by_itself(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a")
    messages.enqueue("b", "c", account="other")
    assert bulkwire("status", "--account", "other", "--json").json["states"]["queued"] == 2


def test_one_campaign_is_counted_by_itself(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", "b", campaign="spring")
    messages.enqueue("c", campaign="summer")
    found = bulkwire("status", "--campaign", "spring", "--json").json
    assert found["states"]["queued"] == found["total"] == 2
    (campaign,) = found["accounts"][0]["campaigns"]
    assert (campaign["campaign"], campaign["state"], campaign["total"]) == ("spring", "running", 2)


def test_what_waits_is_told_by_priority(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", "b", priority="low", campaign="spring")
    messages.enqueue("c", priority="high")
    (account,) = bulkwire("status", "--json").json["accounts"]
    assert account["waiting"] == {
        "high": {"ready": 1, "due": 0},
        "normal": {"ready": 0, "due": 0},
        "low": {"ready": 2, "due": 0},
    }


def test_an_account_without_a_key_here_shows_as_such(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.enqueue("a")
    assert bulkwire("status", "--json").json["accounts"][0]["key"] == "unknown"
    monkeypatch.setenv("BULKWIRE_API_KEYS", '{"other": "secret"}')
    keys = {one["account"]: one["key"] for one in bulkwire("status", "--json").json["accounts"]}
    assert keys == {"default": "missing", "other": "known"}
    assert "no worker key known here" in bulkwire("status").out


def test_holds_and_lost_wake_ups_are_shown(
    bulkwire: Command, messages: Messages, redis_url: str
) -> None:
    messages.enqueue("a")
    bulkwire("hold", "place", "--why", "wrong price")
    with redis.Redis.from_url(redis_url) as client:
        client.set("bulkwire:wake_failures", 3)
    found = bulkwire("status", "--json").json
    assert [hold["hold"] for hold in found["accounts"][0]["holds"]] == ["operator"]
    assert found["wake_failures"] == 3
    shown = bulkwire("status").out
    assert "wrong price" in shown
    assert "3 wake-ups could not be published" in shown


def test_the_rate_of_each_channel_is_shown_with_its_reason(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a")
    unlimited = bulkwire("status", "--json").json["accounts"][0]["rates"]
    assert [(one["channel"], one["per_second"], one["why"]) for one in unlimited] == [
        ("sms", None, "unlimited"), ("whatsapp", None, "unlimited"),
    ]  # fmt: skip

    batch = messages.store.run(claim(messages.keys, "b1", terms=TERMS))
    assert isinstance(batch, Batch)
    messages.store.run(slow_down(messages.keys, "b1", 1, departed_ms_ago=0))
    sms = bulkwire("status", "--json").json["accounts"][0]["rates"][0]
    assert (sms["per_second"], sms["ceiling"], sms["configured"]) == (900, None, None)
    assert re.fullmatch(r"learned: refused at \d\d:\d\d:\d\d, ceiling not known yet", sms["why"])
    assert "learned: refused at" in bulkwire("status").out


def test_a_rate_of_the_settings_is_said_to_be_configured(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a")
    terms = ClaimTerms(linger_ms=0, most_per_second={Channel.SMS: 12.5})
    messages.store.run(claim(messages.keys, "b1", terms=terms))
    sms = bulkwire("status", "--json").json["accounts"][0]["rates"][0]
    assert (sms["per_second"], sms["why"]) == (12.5, "configured")


def test_what_stops_sending_comes_first(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", campaign="spring")
    bulkwire("hold", "place", "--why", "wrong price")
    shown = bulkwire("status").out
    parts = ("No worker has been seen", "Holds", "queued", "Accounts", "Campaigns", "Rates")
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("accounts", [("default",), ("default", "marketing_emea")])
def test_a_narrow_terminal_breaks_no_word(
    bulkwire: Command,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
    accounts: tuple[str, ...],
) -> None:
    monkeypatch.setenv("BULKWIRE_API_KEYS", '{"default": "secret"}')
    why = "the price in the text is wrong: wait for the customer's word"
    for account in accounts:
        messages.enqueue(*MANY, account=account, campaign="november")
        bulkwire("hold", "place", "--why", why, "--account", account)
        bulkwire("hold", "place", "--why", why, "--channel", "whatsapp", "--account", account)
    whole = bulkwire("status").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for width in (80, 100, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = re.sub("\x1b\\[[0-9;]*m", "", bulkwire("status").out)
        assert max(map(len, shown.splitlines())) <= width
        words = set(shown.replace("─", " ").split())
        assert words <= {*whole.split(), *NARROW_WORDS}
        assert {"november", "running", "1,200", "operator:whatsapp", *accounts} <= words


def test_the_page_for_eyes_has_no_colours_in_a_pipe(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", campaign="spring")
    shown = bulkwire("status").out
    assert "spring" in shown
    assert "\x1b" not in shown


def test_an_empty_store_has_zeros(bulkwire: Command) -> None:
    found = bulkwire("status", "--json").json
    assert set(found["states"].values()) == {0}
    assert found["accounts"] == []
    assert bulkwire("status").code == 0


def test_an_unknown_account_or_campaign_is_an_error_not_an_empty_page(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a")
    done = bulkwire("status", "--account", "nobody", "--json")
    assert (done.code, done.out) == (1, "")
    assert "no account nobody: there are default" in done.err
    assert bulkwire("status", "--campaign", "nothing").code == 1
    assert bulkwire("status", "--account", "{}").code == 2


def test_watching_needs_a_terminal(bulkwire: Command) -> None:
    assert bulkwire("status", "--watch").code == 2
