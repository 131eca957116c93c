"""The shipped scenario `faults`: all goes wrong, and our books agree with the provider's."""

from collections import Counter
from dataclasses import dataclass

import pytest

from bulkwire import StoredMessage
from bulkwire.states import State
from bulkwire_cli.simulator.client import AcceptedMessage
from bulkwire_cli.simulator.process import RunningSimulator
from bulkwire_cli.simulator.scenario_file import load_scenario
from support.shop import Shop, number
from support.worker import Worker

MESSAGES = 2000
TAKEN = {State.ACCEPTED, State.DELIVERED, State.READ, State.EMULATED, State.UNCONFIRMED}


@dataclass(frozen=True)
class Outcome:
    messages: list[StoredMessage]
    ledger: list[AcceptedMessage]
    received_more_than_one: int


@pytest.fixture(scope="module")
def outcome() -> dict[str, Outcome]:
    return {}


@pytest.fixture(autouse=True)
def campaign(
    outcome: dict[str, Outcome], simulator: RunningSimulator, shop: Shop, worker: Worker
) -> Outcome:
    """One campaign for all tests of the module."""
    if not outcome:
        simulator.client.set_scenario(load_scenario("faults"))
        shop.enqueue(range(MESSAGES), campaign="rough")
        shop.wait_until_final(within=200)
        shop.assert_conserved(MESSAGES)
        outcome["it"] = Outcome(
            shop.messages(range(MESSAGES)),
            list(simulator.client.ledger()),
            simulator.client.summary().recipients.received_more_than_one,
        )
    return outcome["it"]


def test_nobody_receives_two(campaign: Outcome) -> None:
    assert campaign.received_more_than_one == 0


def test_whom_we_call_accepted_or_better_the_provider_took_under_the_same_id(
    campaign: Outcome,
) -> None:
    ledger = {entry.apiMessageId: entry for entry in campaign.ledger}
    taken = [message for message in campaign.messages if message.state in TAKEN]

    assert len(taken) > MESSAGES / 2
    assert {ledger[str(message.api_id)].to for message in taken} == {m.recipient for m in taken}
    assert all(ledger[str(message.api_id)].to == message.recipient for message in taken)


def test_delivered_and_read_are_what_the_provider_says(campaign: Outcome) -> None:
    ledger = {entry.apiMessageId: entry for entry in campaign.ledger}
    arrived = {"DEVICE_ACK", "READ", "PAYMENT_COMPLETED"}

    delivered = [m for m in campaign.messages if m.state in {State.DELIVERED, State.READ}]

    assert delivered
    assert {ledger[str(m.api_id)].final for m in delivered} <= arrived


def test_every_dead_letter_says_why(campaign: Outcome) -> None:
    dead = [message for message in campaign.messages if message.state is State.DEAD]

    assert dead
    assert all(message.reason and message.category for message in dead)


def test_nothing_that_was_answered_readably_is_in_doubt(campaign: Outcome) -> None:
    # What goes round again was answered once, and may fall in doubt the second time.
    ledger = [entry for entry in campaign.ledger if not _goes_round_again(entry)]
    answered = {entry.clientMessageId for entry in ledger if entry.answered}
    in_doubt = {m.id for m in campaign.messages if m.state is State.IN_DOUBT}

    assert in_doubt
    assert not in_doubt & answered


def test_whoever_is_neither_in_doubt_nor_dead_was_taken_once(campaign: Outcome) -> None:
    times = Counter(entry.to for entry in campaign.ledger if not _goes_round_again(entry))

    assert {
        times[message.recipient] for message in campaign.messages if message.state in TAKEN
    } == {1}
    assert set(times) <= {number(n) for n in range(MESSAGES)}


def _goes_round_again(entry: AcceptedMessage) -> bool:
    return entry.final == "WHATSAPP_SERVER_RATE_LIMIT"
