"""`bulkwire hold`."""

import redis

from bulkwire.states import Category
from bulkwire.store.keys import WAKE_FLAG
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
    call = place_hold(messages.keys, HoldReason.AUTH, why="401", by="worker", probe_in_ms=60_000)
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


def test_a_hold_that_does_not_stand_cannot_be_lifted(bulkwire: Command) -> None:
    bulkwire("hold", "place", "--why", "x")
    done = bulkwire("hold", "lift", "balance")
    assert done.code == 1
    assert "account default has no hold balance: there are operator" in done.err


def test_a_typing_error_in_the_account_holds_nothing(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a")
    assert bulkwire("hold", "place", "--why", "x", "--account", "defualt").code == 1
    assert bulkwire("hold", "list").out == "No hold stands.\n"


def test_bad_usage_is_told_apart(bulkwire: Command) -> None:
    assert bulkwire("hold", "place").code == 2
    assert bulkwire("hold", "place", "--why", " ").code == 2
    assert bulkwire("hold", "place", "--why", "x", "--channel", "fax").code == 2
    assert bulkwire("hold", "lift").code == 2
    assert bulkwire("hold", "lift", "operator", "--all").code == 2
