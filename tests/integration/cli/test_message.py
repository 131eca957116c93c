"""`bulkwire message`."""

from support.cli import Command, Messages

NUMBER = "27820000000"


def test_a_message_is_shown_with_its_history(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", campaign="spring")
    found = bulkwire("message", "show", "a", "--json").json
    assert (found["id"], found["state"], found["campaign"]) == ("a", "queued", "spring")
    assert [event["word"] for event in found["history"]] == ["queued"]
    assert found["history"][0]["at"] == found["enqueued_at"]


def test_number_and_text_are_shown_only_when_asked_for(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a", content="Your code is 4711")
    for options in ([], ["--json"]):
        hidden = bulkwire("message", "show", "a", *options).out
        assert NUMBER not in hidden
        assert "4711" not in hidden
        assert "*******0000" in hidden
        shown = bulkwire("message", "show", "a", "--reveal", *options).out
        assert NUMBER in shown
        assert "Your code is 4711" in shown


def test_a_text_is_never_read_as_markup(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", content="[bold]sale[/bold] \x1b[31m")
    shown = bulkwire("message", "show", "a", "--reveal").out
    assert "[bold]sale[/bold]" in shown
    assert "\x1b" not in shown


def test_what_waits_can_be_cancelled_and_cancelled_again(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a")
    for _ in range(2):
        done = bulkwire("message", "cancel", "a")
        assert (done.code, done.out) == (0, "a is cancelled.\n")
    assert messages.states("a") == ["cancelled"]


def test_what_has_left_is_not_cancelled(bulkwire: Command, messages: Messages) -> None:
    messages.fall_in_doubt("a")
    done = bulkwire("message", "cancel", "a")
    assert done.code == 1
    assert "a is in_doubt: only what still waits can be cancelled" in done.err


def test_an_unknown_id_names_the_account_it_was_looked_for_in(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a", account="other")
    for command in ("show", "cancel"):
        done = bulkwire("message", command, "a")
        assert (done.code, done.out) == (1, "")
        assert "account default has no message a" in done.err
    assert bulkwire("message", "show", "a", "--account", "other").code == 0


def test_the_timeline_says_in_which_request_what_happened(
    bulkwire: Command, messages: Messages
) -> None:
    messages.fall_in_doubt("a")
    bulkwire("in-doubt", "resend", "a", "--force", "--yes")
    history = bulkwire("message", "show", "a", "--json").json["history"]
    assert [(one["word"], one["reason"], one["batch"]) for one in history] == [
        ("queued", None, None),
        ("sending", None, "batch-1"),
        ("in_doubt", "read_timeout", "batch-1"),
        ("queued", "resent by an operator", None),
    ]
    shown = bulkwire("message", "show", "a").out.splitlines()
    (line,) = [one for one in shown if "read_timeout" in one]
    assert line.split()[-3:] == ["in_doubt", "read_timeout", "batch-1"]


def test_a_message_that_ignores_opt_outs_says_so(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a")
    messages.enqueue("b", ignore_suppression=True)
    for message_id, flag in (("a", False), ("b", True)):
        shown = bulkwire("message", "show", message_id)
        assert ("ignore suppression" in shown.out) == flag
        document = bulkwire("message", "show", message_id, "--json").json
        assert document["ignore_suppression"] == flag
