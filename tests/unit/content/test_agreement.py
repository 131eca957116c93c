"""Models and contract agree: what we let pass is valid, and what is not, we refuse.

The judge is the provider's contract with its overlay and the rules of its prose, as the simulator
applies them.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkwire.errors import InvalidMessage
from bulkwire.making import make_message
from bulkwire.message import Message, to_wire
from bulkwire_cli.simulator.contract import corrected_contract
from bulkwire_cli.simulator.validation import Checked, SendValidator
from support.messages.differences import REFUSED, as_it_goes_out
from support.messages.mutants import mutants
from support.messages.whole import messages

JUDGE = SendValidator(corrected_contract(), lambda file, to: True)
BUDGET = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=True,
)
SMALL, FULL = 400, 5_000

pytestmark = pytest.mark.filterwarnings("ignore:the provider deprecates:DeprecationWarning")


def judged(wire: Any) -> Checked:
    return JUDGE.check(json.dumps({"messages": [wire]}).encode())


def is_valid(wire: Any) -> bool:
    checked = judged(wire)
    return not (checked.refused or checked.faults)


def with_validity(message: Message) -> dict[str, Any]:
    """As it leaves: what is left of the validity joins it."""
    wire: dict[str, Any] = json.loads(to_wire(message))
    if message.validity_period is not None:
        wire["validityPeriod"] = message.validity_period
    return wire


def check_valid(message: Message) -> None:
    wire = with_validity(message)
    assert is_valid(wire), judged(wire)
    read = Message.from_wire(json.dumps(wire))
    assert with_validity(read) == wire


def secrets_in(wire: Any) -> Iterator[str]:
    """Values that stand in no words of ours, so that an error could only have them from here."""
    if isinstance(wire, dict | list):
        for one in wire.values() if isinstance(wire, dict) else wire:
            yield from secrets_in(one)
    elif isinstance(wire, str) and len(wire) > 8 and not wire.isascii():
        yield wire


def check_mutant(data: st.DataObject) -> bool:
    """Whether the mutant that was drawn is invalid; then we refuse it too, and don't quote it."""
    wire = data.draw(mutants(with_validity(data.draw(messages()))))
    if is_valid(wire):
        return False
    try:
        taken = make_message(Message.from_wire(json.dumps(wire)))
    except InvalidMessage as error:
        told = str(error)
    else:
        assert is_valid(as_it_goes_out(wire)), judged(wire)
        assert is_valid(with_validity(taken))
        return True
    assert not [value for value in secrets_in(wire) if value in told]
    return True


@given(messages())
@settings(BUDGET, max_examples=SMALL)
def test_what_the_models_let_pass_is_valid_by_the_contract(message: Message) -> None:
    check_valid(message)


@given(st.data())
@settings(BUDGET, max_examples=SMALL)
def test_what_the_contract_refuses_is_refused_by_the_models(data: st.DataObject) -> None:
    check_mutant(data)


@pytest.mark.full
@pytest.mark.timeout(1800)
@given(messages())
@settings(BUDGET, max_examples=FULL)
def test_thousands_of_messages_are_valid_by_the_contract(message: Message) -> None:
    check_valid(message)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_thousands_of_broken_messages_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    invalid = 0

    @given(st.data())
    @settings(BUDGET, max_examples=FULL * 2)
    def look(data: st.DataObject) -> None:
        nonlocal invalid
        invalid += check_mutant(data)

    look()
    with capsys.disabled():
        sys.stdout.write(f"\n{invalid} of {FULL * 2} mutants are invalid: refused, or listed\n")
    assert invalid >= FULL


@pytest.mark.parametrize("reason", sorted(REFUSED))
def test_what_the_contract_allows_and_we_refuse_is_on_the_list(reason: str) -> None:
    wire = {"to": "27821234567", "content": "Hi"}
    assert make_message(Message.from_wire(json.dumps(wire)))
    told = {**wire, **REFUSED[reason]}
    wire = {name: one for name, one in told.items() if one is not None}
    assert is_valid(wire)
    with pytest.raises(InvalidMessage):
        make_message(Message.from_wire(json.dumps(wire)))
