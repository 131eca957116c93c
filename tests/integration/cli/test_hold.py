"""`bulkwire hold`."""

import json
from typing import Any

import pytest
import redis

from bulkwire.states import Category
from bulkwire.store.call import Call, command
from bulkwire.store.keys import WAKE_FLAG
from bulkwire.store.redrives import read_redrives
from bulkwire.store.runner import Store
from bulkwire.store.sending import ClaimTerms, Waiting, claim
from bulkwire.store.steering import HoldReason, place_hold
from support.cli import Command, Messages


def held(messages: Messages) -> bool:
    answer = messages.store.run(claim(messages.keys, "b", terms=ClaimTerms(linger_ms=0)))
    return isinstance(answer, Waiting)


def test_a_hold_stops_sending_and_says_who_placed_it_and_why(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a")
    assert bulkwire("hold", "place", "--why", "wrong price").code == 0
    assert held(messages)
    (hold,) = bulkwire("hold", "list", "--json").json["holds"]
    assert (hold["account"], hold["hold"], hold["why"]) == ("default", "operator", "wrong price")
    assert "@" in hold["by"]
    assert hold["lifted_by"] == "bulkwire hold lift"
    assert hold["next_trial"] is None
    assert "wrong price" in bulkwire("hold", "list").out


def test_lifting_wakes_the_workers(bulkwire: Command, messages: Messages, redis_url: str) -> None:
    messages.enqueue("a")
    bulkwire("hold", "place", "--why", "wrong price", "--channel", "sms")
    with redis.Redis.from_url(redis_url) as client:
        client.delete(WAKE_FLAG)
        done = bulkwire("hold", "lift", "operator:sms")
        assert (done.code, done.out) == (0, "Lifted: operator:sms.\n")
        assert client.exists(WAKE_FLAG)
    assert not held(messages)


def test_all_holds_of_the_account_are_lifted_at_once(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.ACCOUNT)
    call = place_hold(
        messages.keys, HoldReason.AUTH, comes_from=1, why="401", by="worker", probe_in_ms=60_000
    )
    messages.store.run(call)
    bulkwire("hold", "place", "--why", "x")
    assert "a message that gets through" in bulkwire("hold", "list").out
    assert sorted(bulkwire("hold", "lift", "--all", "--json").json["lifted"]) == [
        "auth",
        "operator",
    ]
    assert bulkwire("hold", "list").out == "No hold stands.\n"


def test_a_hold_that_stands_stays_as_it_is(bulkwire: Command) -> None:
    assert bulkwire("hold", "place", "--why", "first", "--json").json["placed"] is True
    assert bulkwire("hold", "place", "--why", "second", "--json").json["placed"] is False
    (hold,) = bulkwire("hold", "list", "--account", "default", "--json").json["holds"]
    assert hold["why"] == "first"


def test_a_hold_is_told_as_placed_although_the_reply_was_lost(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_once = Store.run

    def run_twice(store: Store, call: Call[Any]) -> Any:
        run_once(store, call)
        return run_once(store, call)

    monkeypatch.setattr(Store, "run", run_twice)
    assert bulkwire("hold", "place", "--why", "x", "--json").json["placed"] is True


def test_a_hold_that_does_not_stand_cannot_be_lifted(bulkwire: Command) -> None:
    bulkwire("hold", "place", "--why", "x")
    done = bulkwire("hold", "lift", "balance")
    assert done.code == 1
    assert "account default has no hold balance: there are operator" in done.err


def test_a_typing_error_in_the_account_holds_nothing(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a")
    assert bulkwire("hold", "place", "--why", "x", "--account", "defualt").code == 1
    assert bulkwire("hold", "list").out == "No hold stands.\n"


def test_a_hold_lifted_with_redriving_says_what_workers_have_to_send_again(
    bulkwire: Command, messages: Messages
) -> None:
    bulkwire("hold", "place", "--why", "x")
    assert bulkwire("hold", "lift", "operator", "--redrive-on-lift").code == 1
    call = place_hold(messages.keys, HoldReason.BALANCE, comes_from=1, why="402", by="worker")
    messages.store.run(call)
    done = bulkwire("hold", "lift", "--all", "--redrive-on-lift")
    assert (done.code, done.out) == (0, "Lifted: operator, balance.\n")
    assert [one.field for one in messages.store.run(read_redrives(messages.keys))] == ["balance"]


@pytest.mark.parametrize(
    ("placed", "lifted_by"),
    [
        ({"reason": "auth"}, "a new API key in the workers' settings"),
        ({"reason": "rate"}, "a message that gets through"),
        ({"reason": "refused"}, "a message that gets through"),
        ({"reason": "refused", "breaker": "rejected"}, "a message that is accepted"),
        ({"reason": "refused", "breaker": "failed"}, "a message that is delivered"),
        ({"reason": "balance"}, "a balance that has risen, then a message that is accepted"),
        ({"reason": "balance", "redrive": True}, "; then what it rejected goes out again"),
        ({"reason": "operator"}, "bulkwire hold lift"),
        ({"reason": "recovering"}, "itself, after one lease"),
    ],
)
def test_every_hold_says_since_when_it_stands_and_what_lifts_it(
    bulkwire: Command, messages: Messages, placed: dict[str, str | bool], lifted_by: str
) -> None:
    hold = {"since": 1_700_000_000_000, "why": "because", "by": "me", "streak": 0, **placed}
    key = messages.keys.single("holds")
    value = json.dumps(hold)
    messages.store.run(command("HSET", key, placed["reason"], value, read=lambda _: None))
    for document in (
        bulkwire("hold", "list", "--json").json["holds"],
        bulkwire("status", "--json").json["accounts"][0]["holds"],
    ):
        assert (document[0]["since"], document[0]["why"]) == ("2023-11-14T22:13:20.000Z", "because")
        assert lifted_by in document[0]["lifted_by"]


def test_bad_usage_is_told_apart(bulkwire: Command) -> None:
    assert bulkwire("hold", "place").code == 2
    assert bulkwire("hold", "place", "--why", " ").code == 2
    assert bulkwire("hold", "place", "--why", "x", "--channel", "fax").code == 2
    assert bulkwire("hold", "lift").code == 2
    assert bulkwire("hold", "lift", "operator", "--all").code == 2
