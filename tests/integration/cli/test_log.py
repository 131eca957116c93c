"""`bulkwire log`: what operators did."""

from bulkwire.states import Category
from bulkwire.store.operator_log import note_action, read_operator_log
from support.cli import Command, Messages


def test_every_action_is_kept_with_who_and_when(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.ACCOUNT)
    bulkwire("dead", "redrive", "--category", "account")
    bulkwire("message", "cancel", "a")
    messages.fall_in_doubt("b")
    bulkwire("in-doubt", "discard", "b", "--force")
    bulkwire("hold", "place", "--why", "wrong price")
    bulkwire("hold", "lift", "operator")
    actions = bulkwire("log", "--json").json["actions"]
    assert [one["action"] for one in reversed(actions)] == [
        "dead redrive",
        "dead redrive: done",
        "message cancel",
        "in-doubt discard",
        "in-doubt discard: done",
        "hold place",
        "hold lift",
    ]
    assert all("@" in one["who"] and one["at"] and one["account"] == "default" for one in actions)
    assert actions[-1]["details"] == {"selection": "category=account"}
    assert actions[-2]["details"] == {"done": "1"}
    assert "wrong price" in bulkwire("log").out


def test_no_number_gets_into_the_log(bulkwire: Command) -> None:
    bulkwire("hold", "place", "--why", "complaint of +27 82 000 0001 on 2026-01-05")
    details = bulkwire("log", "--json").json["actions"][0]["details"]
    assert details["why"] == "complaint of (number) on 2026-01-05"


def test_the_logs_of_all_accounts_are_shown_in_one_order(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a", account="other")
    messages.enqueue("b")
    bulkwire("message", "cancel", "a", "--account", "other")
    bulkwire("message", "cancel", "b")
    bulkwire("hold", "place", "--why", "x", "--account", "other")
    accounts = [one["account"] for one in bulkwire("log", "--json").json["actions"]]
    assert accounts == ["other", "default", "other"]
    assert len(bulkwire("log", "--limit", "1", "--json").json["actions"]) == 1
    only = bulkwire("log", "--account", "default", "--json").json["actions"]
    assert [one["account"] for one in only] == ["default"]


def test_what_was_done_in_the_same_millisecond_keeps_its_order(
    bulkwire: Command, messages: Messages
) -> None:
    actions = [str(n) for n in range(200)]
    messages.store.run_many([note_action(messages.keys, "me", one, {}) for one in actions])
    shown = bulkwire("log", "--limit", "200", "--json").json["actions"]
    assert [one["action"] for one in shown] == actions[::-1]


def test_the_log_is_capped(messages: Messages) -> None:
    for _ in range(25):
        messages.store.run_many([note_action(messages.keys, "me", "test", {"n": "1"})] * 1_000)
    assert (
        10_000 <= len(messages.store.run(read_operator_log(messages.keys, count=50_000))) < 12_000
    )


def test_an_empty_log_says_so(bulkwire: Command) -> None:
    assert bulkwire("log").out == "Nothing stands in the log yet.\n"
