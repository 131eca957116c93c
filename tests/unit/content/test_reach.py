"""The models reach everything that a send request can say by the contract."""

import pytest

from bulkwire.message import Message
from bulkwire.wire import OURS
from bulkwire_cli.simulator.contract import corrected_contract
from support.contract_walk import model_paths, request_schemas, schema_paths

MESSAGE = "OmniMessageRequest"
CONTRACT = corrected_contract()


def test_a_send_request_is_messages_and_nothing_more() -> None:
    assert "SendOmniChannelMessagesRequest" in request_schemas(CONTRACT)
    paths = schema_paths(CONTRACT, "SendOmniChannelMessagesRequest")
    assert paths == {"messages"} | {f"messages.{path}" for path in schema_paths(CONTRACT, MESSAGE)}


def test_every_property_of_a_message_can_be_given() -> None:
    wanted = schema_paths(CONTRACT, MESSAGE)
    assert len(wanted) > 100
    assert wanted - model_paths(Message) == set()


def test_nothing_is_written_that_the_contract_does_not_know() -> None:
    ours = {Message.model_fields[name].alias for name in OURS - {"validity_period"}}
    assert model_paths(Message) - schema_paths(CONTRACT, MESSAGE) == ours


@pytest.mark.parametrize("path", sorted(schema_paths(CONTRACT, MESSAGE)))
def test_a_field_that_is_left_out_is_noticed(path: str) -> None:
    missing = schema_paths(CONTRACT, MESSAGE) - model_paths(Message, left_out=path)
    assert path in missing
    assert {one for one in missing if not one.startswith(path)} == set()
