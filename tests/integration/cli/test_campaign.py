"""`bulkwire campaign`."""

from bulkwire.store.sending import Batch, ClaimTerms, claim
from support.cli import Command, Messages


def takes(messages: Messages) -> bool:
    answer = messages.store.run(claim(messages.keys, "b", terms=ClaimTerms(linger_ms=0)))
    return isinstance(answer, Batch)


def test_a_campaign_is_paused_and_goes_on(bulkwire: Command, messages: Messages) -> None:
    messages.enqueue("a", "b", campaign="spring")
    done = bulkwire("campaign", "pause", "spring", "--why", "wrong price")
    assert (done.code, done.out) == (0, "Campaign spring is paused.\n")
    assert not takes(messages)
    (row,) = bulkwire("campaign", "list", "--json").json["campaigns"]
    assert (row["state"], row["why"], row["states"]["queued"]) == ("paused", "wrong price", 2)
    assert "@" in row["by"]
    shown = bulkwire("campaign", "show", "spring").out
    assert "wrong price" in shown
    assert "bulkwire campaign resume spring" in shown
    assert bulkwire("campaign", "resume", "spring", "--json").json == {
        "account": "default", "campaign": "spring", "state": "running", "changed": True,
    }  # fmt: skip
    assert takes(messages)
    assert "campaign pause" in bulkwire("log").out


def test_pausing_twice_is_no_fault_and_what_is_over_cannot_go_on(
    bulkwire: Command, messages: Messages
) -> None:
    messages.enqueue("a", campaign="spring")
    bulkwire("campaign", "pause", "spring")
    again = bulkwire("campaign", "pause", "spring")
    assert (again.code, again.out) == (0, "Campaign spring is paused already.\n")
    messages.client.cancel_message("a")
    assert bulkwire("campaign", "list").out.count("spring") == 1


def test_an_unknown_campaign_is_named(bulkwire: Command, messages: Messages) -> None:
    assert bulkwire("campaign", "list").out == "Account default has no campaign.\n"
    for words in (("show", "autumn"), ("pause", "autumn"), ("resume", "autumn")):
        done = bulkwire("campaign", *words)
        assert done.code == 1
        assert "no campaign autumn" in done.err
