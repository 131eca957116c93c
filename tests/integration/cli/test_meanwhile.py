"""What happens while a question waits: exactly what was counted is meant, and nothing newer."""

from collections.abc import Callable

import pytest

from bulkwire.states import Category
from bulkwire_cli.bulk_actions.in_doubt import Resolving, patience_s
from bulkwire_cli.bulk_actions.index_walk import read_all_listed
from bulkwire_cli.session import open_session
from support.cli import Command, Messages


class Slow:
    """A standard input on which something happens before the answer is yes."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self._happens = happens

    def readline(self, _: int = -1) -> str:
        self._happens()
        return "y\n"


def test_what_falls_in_doubt_meanwhile_is_not_sent_again(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.fall_in_doubt("a", "b")
    monkeypatch.setattr("sys.stdin", Slow(lambda: messages.fall_in_doubt("newer")))
    done = bulkwire("in-doubt", "resend", "--all", "--force", "--json")
    assert "Send 2 messages again?" in done.err
    assert (done.code, done.json["done"], done.json["refused"]) == (0, 2, {})
    assert messages.states("a", "b", "newer") == ["queued", "queued", "in_doubt"]


def test_an_id_that_falls_in_doubt_meanwhile_is_not_sent_again(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.fall_in_doubt("a")
    monkeypatch.setattr("sys.stdin", Slow(lambda: messages.fall_in_doubt("newer")))
    done = bulkwire("in-doubt", "resend", "a", "newer", "--force", "--json")
    assert "Send 1 message again?" in done.err
    assert done.json["answers"] == {"a": "resent", "newer": "later"}
    assert "newer: it fell in doubt after this was counted: run it again" in done.err


def test_what_was_too_young_when_it_was_counted_stays_so(
    bulkwire: Command, messages: Messages
) -> None:
    messages.fall_in_doubt("a")
    with open_session() as session:
        (listed,) = read_all_listed(session.store, messages.keys, ["a"])
        assert listed is not None
        fell_ms = round(listed.changed_at.timestamp() * 1000)
        patience_ms = round(patience_s(session) * 1000)
        words = [
            Resolving(
                session, messages.keys, resend=True, force=False, dry_run=True, as_of_ms=as_of_ms
            ).step([listed])["a"]
            for as_of_ms in (fell_ms - 1, fell_ms, fell_ms + patience_ms, fell_ms + patience_ms - 1)
        ]
    assert words == ["later", "young", "resent", "young"]


def test_a_letter_that_dies_meanwhile_is_not_given_up(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.die("a", "b", category=Category.CONTENT)
    happens = Slow(lambda: messages.die("newer", category=Category.CONTENT))
    monkeypatch.setattr("sys.stdin", happens)
    done = bulkwire("dead", "discard", "--category", "content", "--json")
    assert "Give 2 dead letters up?" in done.err
    assert (done.code, done.json["discarded"]) == (0, 2)
    assert [one["id"] for one in bulkwire("dead", "list", "--json").json["letters"]] == ["newer"]
