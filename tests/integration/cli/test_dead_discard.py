"""`bulkwire dead discard`, and what redriving respects."""

import io
from collections.abc import Mapping, Sequence

import pytest

from bulkwire.states import Category
from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed
from bulkwire.store.sending import Batch, ClaimTerms, claim
from bulkwire_cli.bulk_actions.carry_out import Work, carry_out, choose
from bulkwire_cli.bulk_actions.dead_letters import QUEUED, Redriving
from bulkwire_cli.bulk_actions.selection import Filters
from bulkwire_cli.session import Session, open_session
from support.cli import Command, Messages

MANY = [f"m{number:04d}" for number in range(600)]


def test_a_discarded_letter_is_off_the_list_and_the_audit_agrees(
    bulkwire: Command, messages: Messages
) -> None:
    messages.die("a", "b", category=Category.CONTENT)
    for _ in range(2):
        assert bulkwire("dead", "discard", "a", "--json").json["answers"] == {"a": "discarded"}
    found = bulkwire("dead", "list", "--json").json
    assert (found["total"], [one["id"] for one in found["letters"]]) == (1, ["b"])
    assert messages.states("a", "b") == ["dead", "dead"]
    assert bulkwire("audit").code == 0
    assert "An operator gave it up" in bulkwire("dead", "show", "a").out
    shown = bulkwire("message", "show", "a", "--json").json
    assert (shown["discarded"], shown["reason"]) == (True, "code_30")
    assert [event["word"] for event in shown["history"]][-2:] == ["dead", "discarded"]
    assert bulkwire("dead", "redrive", "a", "--json").json["answers"] == {"a": "discarded"}


def test_what_is_no_dead_letter_is_not_discarded(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a")
    done = bulkwire("dead", "discard", "a", "nobody", "--json")
    assert done.code == 1
    assert done.json["answers"] == {"a": "not_dead", "nobody": "unknown"}
    assert messages.states("a") == ["queued"]


def test_discarding_many_asks_first_and_says_how_many(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.die(*MANY, category=Category.UNDELIVERED)
    messages.die("a", category=Category.CONTENT)
    dry = bulkwire("dead", "discard", "--category", "undelivered", "--dry-run", "--json").json
    assert (dry["discarded"], dry["dry_run"]) == (600, True)
    for answer, left in (("n\n", 601), ("y\n", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        done = bulkwire("dead", "discard", "--category", "undelivered")
        assert "Give 600 dead letters up?" in done.err
        assert bulkwire("dead", "list", "--json").json["total"] == left
    details = bulkwire("log", "--json").json["actions"]
    assert [one["action"] for one in details] == ["dead discard: done", "dead discard"]
    assert details[0]["details"] == {"done": "600"}


def test_discarding_needs_ids_or_a_selection(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.CONTENT)
    assert bulkwire("dead", "discard").code == 2
    assert bulkwire("dead", "discard", "a", "--all").code == 2
    assert bulkwire("dead", "list", "--json").json["total"] == 1


def test_a_redriven_letter_waits_behind_a_hold(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.ACCOUNT)
    bulkwire("hold", "place", "--why", "not yet")
    assert bulkwire("dead", "redrive", "--all", "--json").json["redriven"] == 1
    terms = ClaimTerms(linger_ms=0)
    assert not isinstance(messages.store.run(claim(messages.keys, "x1", terms=terms)), Batch)
    bulkwire("hold", "lift", "operator")
    batch = messages.store.run(claim(messages.keys, "x2", terms=terms))
    assert isinstance(batch, Batch)
    assert [(one.id, one.attempts) for one in batch.messages] == [("a", 0)]


def test_a_redrive_that_was_stopped_goes_on_where_it_was(
    bulkwire: Command, messages: Messages
) -> None:
    messages.die(*MANY, category=Category.UNDELIVERED)
    with open_session() as session:
        keys = Keys("default")
        redriving = Redriving(session, keys, force=False, dry_run=False)
        steps = 0

        def stopped_after_one(letters: Sequence[Listed]) -> Mapping[str, str]:
            nonlocal steps
            steps += 1
            if steps > 1:
                raise KeyboardInterrupt
            return redriving.step(letters)

        choice = choose(session, keys, "dead", None, Filters(), everything=True)
        with pytest.raises(KeyboardInterrupt):
            carry_out(session, keys, choice, Work("dead redrive", QUEUED, stopped_after_one))
    (end, begin) = bulkwire("log", "--json").json["actions"]
    assert (begin["action"], end["action"]) == ("dead redrive", "dead redrive: stopped")
    assert end["details"] == {"done": "250"}
    assert sorted(messages.states(*MANY)) == ["dead"] * 350 + ["queued"] * 250
    assert bulkwire("dead", "redrive", "--all", "--json").json["redriven"] == 350
    assert bulkwire("log", "--json").json["actions"][0]["action"] == "dead redrive: done"
    turns = {bulkwire("message", "show", one, "--json").json["turn"] for one in MANY[::40]}
    assert turns == {2}


def test_what_was_redriven_before_ctrl_c_is_told_and_logged(
    bulkwire: Command, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.die(*MANY, category=Category.UNDELIVERED)

    def interrupted(_: Session) -> None:
        raise KeyboardInterrupt  # waking takes long: Ctrl-C mostly comes here

    with monkeypatch.context() as patch:
        patch.setattr(Session, "wake_workers", interrupted)
        done = bulkwire("dead", "redrive", "--all")
    assert done.code == 130
    assert "stopped with 250 done: run it again to go on" in done.err
    assert sorted(messages.states(*MANY)) == ["dead"] * 350 + ["queued"] * 250
    end = bulkwire("log", "--json").json["actions"][0]
    assert (end["action"], end["details"]) == ("dead redrive: stopped", {"done": "250"})
