"""`bulkwire import --on-doubt`: what becomes of a campaign's messages that may have been sent."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from bulkwire.outcomes import Unanswered
from bulkwire.states import OnDoubt
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage, read_message
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, settle
from bulkwire.store.upkeep import reap
from bulkwire_cli.application import run

Import = Callable[..., Any]
Counts = Callable[[], dict[str, int]]

KEYS = Keys("default")
GOOD = "phone,first_name\n+27821000001,Anna\n"


def leave(store: Store, batch_id: str) -> str:
    """Lets the only message that waits leave; answers its id."""
    batch = store.run(claim(KEYS, batch_id, terms=ClaimTerms(linger_ms=0)))
    assert isinstance(batch, Batch)
    store.run(depart(KEYS, batch_id, 1, lease_ms=15_000))
    (message,) = batch.messages
    return message.id


def lose_the_answer(store: Store, batch_id: str) -> StoredMessage:
    message_id = leave(store, batch_id)
    outcomes = {message_id: Unanswered("read_timeout")}
    store.run(settle(KEYS, batch_id, 1, outcomes, first_check_ms=1_000))
    return found(store, message_id)


def found(store: Store, message_id: str) -> StoredMessage:
    message = store.run(read_message(KEYS, message_id))
    assert message is not None
    return message


def test_a_campaign_waits_for_a_decision_unless_it_says_else(
    importing: Import, store: Store
) -> None:
    importing(GOOD)
    message = lose_the_answer(store, "b1")
    assert (message.state, message.on_doubt) == ("in_doubt", OnDoubt.HOLD)


def test_a_campaign_that_resends_does_so_once_and_never_again(
    importing: Import, store: Store
) -> None:
    importing(GOOD, "--on-doubt", "resend")
    first = lose_the_answer(store, "b1")
    assert (first.state, first.on_doubt) == ("queued", OnDoubt.RESEND)
    second = lose_the_answer(store, "b2")
    assert (second.state, second.batch) == ("in_doubt", "b2")
    words = [(event.word, event.batch) for event in second.history]
    assert words == [
        ("queued", None),
        ("sending", "b1"), ("in_doubt", "b1"), ("queued", None),
        ("sending", "b2"), ("in_doubt", "b2"),
    ]  # fmt: skip


def test_a_worker_that_dies_counts_as_a_lost_answer(
    importing: Import, store: Store, redis_url: str
) -> None:
    importing(GOOD, "--on-doubt", "resend")
    states = []
    with redis.Redis.from_url(redis_url) as client:
        for batch_id in ("b1", "b2"):
            message_id = leave(store, batch_id)
            client.zadd(KEYS.single("leases"), {batch_id: 1}, xx=True)
            store.run(reap(KEYS))
            states.append(found(store, message_id).state)
    assert states == ["queued", "in_doubt"]


def test_what_an_operator_resent_is_not_resent_again_by_itself(
    importing: Import, store: Store
) -> None:
    importing(GOOD, "--on-doubt", "resend")
    lose_the_answer(store, "b1")
    message = lose_the_answer(store, "b2")
    assert run(["in-doubt", "resend", message.id, "--force", "--yes"]) == 0
    assert lose_the_answer(store, "b3").state == "in_doubt"


@pytest.mark.parametrize(("first", "second"), [("resend", "hold"), ("hold", "resend")])
def test_the_policy_is_part_of_what_a_campaign_sends(
    importing: Import, counts: Counts, first: str, second: str
) -> None:
    importing(GOOD, "--on-doubt", first)
    more = f"{GOOD}+27821000002,Ben\n"
    done = importing(more, "--on-doubt", second)
    assert done.code == 2
    assert "campaign spring was imported with another text" in done.err
    assert counts()["total"] == 1
    # What is as usual need not be said.
    usual = () if first == "hold" else ("--on-doubt", "resend")
    assert importing(more, *usual).code == 0
    assert counts()["total"] == 2
