import pickle
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pydantic
import pytest

from bulkwire.errors import InvalidMessage
from bulkwire.ids import is_name
from bulkwire.making import make_message
from bulkwire.message import Message
from bulkwire.states import Channel, OnDoubt, Priority

GOOD: dict[str, Any] = {"to": "+27 82 123 4567", "content": "Your code is 4711"}


class _Zone(tzinfo):
    def __init__(self, offset: timedelta | None) -> None:
        self.offset = offset

    def utcoffset(self, _: datetime | None) -> timedelta:
        if self.offset is None:
            raise RuntimeError
        return self.offset

    def dst(self, _: datetime | None) -> None: ...

    def tzname(self, _: datetime | None) -> str:
        return "Zone"


ODD = timedelta(seconds=30)
ODD_FIRST = datetime(1, 1, 1, tzinfo=timezone(ODD))
ODD_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-ODD))
FAR_AWAY = datetime(2030, 1, 1, tzinfo=_Zone(timedelta(hours=30)))
BROKEN = datetime(2030, 1, 1, tzinfo=_Zone(None))


def faults_of(fields: dict[Any, Any], **options: Any) -> dict[str, str]:
    with pytest.raises(InvalidMessage) as caught:
        make_message(fields, **options)
    return {fault.path: fault.problem for fault in caught.value.faults}


def test_a_plain_text_needs_a_number_and_a_text() -> None:
    message = make_message(GOOD)
    assert message.to == "27821234567"
    assert message.content == "Your code is 4711"
    assert message.channel is Channel.SMS
    assert message.priority is Priority.NORMAL
    assert message.on_doubt is OnDoubt.HOLD
    assert message.account == "default"
    assert message.campaign is None
    assert is_name(message.id)


def test_a_message_has_one_id_for_all_attempts_to_enqueue_it() -> None:
    message = Message(**GOOD)
    assert make_message(message).id == make_message(message).id == message.id
    assert make_message(message).to == "27821234567"


@pytest.mark.parametrize(
    "given",
    [
        {"id": "order-1"},
        {"client_message_id": "order-1"},
        {"id": "order-1", "client_message_id": "order-1"},
        {"id": None, "client_message_id": "order-1"},
    ],
    ids=["id", "alias", "both", "one"],
)
def test_the_id_may_be_given_under_either_name(given: dict[str, Any]) -> None:
    message = make_message({**GOOD, **given})
    assert message.id == message.client_message_id == "order-1"


def test_an_id_of_none_is_made() -> None:
    assert is_name(make_message({**GOOD, "id": None, "client_message_id": None}).id)


def test_from_may_be_given_with_or_without_its_underscore() -> None:
    assert make_message({**GOOD, "from_": "27600000000"}).from_ == "27600000000"
    assert make_message({**GOOD, "from": "27600000000"}).from_ == "27600000000"


@pytest.mark.parametrize(
    ("given", "path", "problem"),
    [
        ({"to": "12345"}, "to", "is too short to be a phone number"),
        ({"to": "0821234567"}, "to", "is a local number and no region is given"),
        ({"to": 27821234567}, "to", "is not text"),
        ({"to": b"27821234567"}, "to", "is not text"),
        ({"to": None}, "to", "is not text"),
        ({"content": ""}, "content", "is empty"),
        ({"content": " \n\t"}, "content", "is empty"),
        ({"content": None}, "content", "is missing"),
        ({"content": 4711}, "content", "is not text"),
        ({"content": "\ud83d"}, "content", "holds half of a surrogate pair"),
        ({"channel": "fax"}, "channel", "is not one of 'sms' or 'whatsapp'"),
        ({"id": "a b"}, "id", "has characters or a length not allowed"),
        ({"id": ""}, "id", "has characters or a length not allowed"),
        ({"id": "x" * 65}, "id", "has characters or a length not allowed"),
        ({"id": "a", "client_message_id": "b"}, "client_message_id", "differs from id"),
        ({"account": "a:b"}, "account", "has characters or a length not allowed"),
        ({"campaign": "Frühling"}, "campaign", "has characters or a length not allowed"),
        ({"priority": "urgent"}, "priority", "is not one of 'high', 'normal' or 'low'"),
        ({"on_doubt": "drop"}, "on_doubt", "is not one of 'hold' or 'resend'"),
        ({"validity_period": 0}, "validity_period", "is not greater than 0"),
        ({"validity_period": 2**31}, "validity_period", "is greater than 2147483647"),
        ({"validity_period": True}, "validity_period", "is not a whole number"),
        ({"validity_period": "60"}, "validity_period", "is not a whole number"),
        ({"send_at": datetime.fromisoformat("2026-01-02")}, "send_at", "has no time zone"),
        ({"send_at": "2026-01-02"}, "send_at", "is not a datetime"),
        ({"scheduled_delivery_time": 1}, "scheduled_delivery_time", "is not a datetime"),
        ({"send_at": ODD_FIRST}, "send_at", "cannot be converted to UTC"),
        ({"send_at": FAR_AWAY}, "send_at", "cannot be converted to UTC"),
        (
            {"scheduled_delivery_time": ODD_FIRST},
            "scheduled_delivery_time",
            "cannot be converted to UTC",
        ),
        (
            {"scheduled_delivery_time": ODD_LAST},
            "scheduled_delivery_time",
            "cannot be converted to UTC",
        ),
        ({"send_at": BROKEN}, "send_at", "has a time zone that does not work"),
        ({1: 2}, "", "has a field whose name is not text"),
        ({"binary": "yes"}, "binary", "is not True or False"),
        ({"ignore_suppression": 1}, "ignore_suppression", "is not True or False"),
        ({"preview_first_url": True}, "preview_first_url", "is for WhatsApp only"),
        ({"channel": "whatsapp", "from_": "2760"}, "from_", "is for SMS only"),
        ({"channel": "whatsapp", "binary": False}, "binary", "is for SMS only"),
        ({"channel": "whatsapp", "user_data_header": "0"}, "user_data_header", "is for SMS only"),
        ({"encryption_key": " "}, "encryption_key", "is empty"),
        ({"contnet": "x"}, "contnet", "is not a known field"),
        ({"validityPeriod": 5}, "validityPeriod", "is not a known field"),
    ],
)
def test_bad_input_is_one_fault_that_names_the_field(
    given: dict[Any, Any], path: str, problem: str
) -> None:
    assert faults_of({**GOOD, **given}) == {path: problem}


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ([1], "has a key that is not text"),
        ([1, (2, 3), None], "has a key that is not text"),
        (["\ud83d"], "has a key that holds half of a surrogate pair"),
    ],
)
def test_keys_that_are_no_text_are_one_fault_of_what_holds_them(
    keys: list[Any], problem: str
) -> None:
    contact = {"name": dict.fromkeys(keys, "Thandi"), "phones": [{"phone": "1"}]}
    wanted = {"contacts[0].name": problem}
    assert faults_of({"to": "27821234567", "channel": "whatsapp", "contacts": [contact]}) == wanted


def test_fields_within_fields_need_names_that_are_text() -> None:
    faults = faults_of({"to": "27821234567", "channel": "whatsapp", "location": {1: 2}})
    assert faults["location"] == "has a field whose name is not text"


@pytest.mark.parametrize(
    "fields",
    [
        {"contacts": [{"name": {"a": "\ud83d"}, "phones": [{"phone": "1"}]}]},
        {"template": {"template_name": "t", "body": {"parameters": {"1": "\ud83d"}}}},
    ],
)
def test_half_a_surrogate_pair_is_found_wherever_text_may_stand(fields: dict[str, Any]) -> None:
    faults = faults_of({"to": "27821234567", "channel": "whatsapp", **fields})
    assert list(faults.values()) == ["holds half of a surrogate pair"]


def test_whatsapp_text_ends_at_4096_characters_unless_it_is_encrypted() -> None:
    whatsapp = {**GOOD, "channel": "whatsapp"}
    assert make_message({**whatsapp, "content": "é" * 4096}).content == "é" * 4096
    assert faults_of({**whatsapp, "content": "é" * 4097}) == {
        "content": "has 4097 characters, at most 4096"
    }
    assert make_message({**whatsapp, "content": "A" * 8000, "encryption_key": "key"})
    assert make_message({**GOOD, "content": "é" * 4097})


def test_every_fault_comes_at_once() -> None:
    faults = faults_of(
        {
            "to": "abc",
            "content": " ",
            "channel": "whatsapp",
            "from_": "2760",
            "priority": "urgent",
            "id": "a b",
            "subject": "Hello",
        }
    )
    assert set(faults) == {"to", "content", "from_", "priority", "id", "subject"}


def test_an_unknown_channel_does_not_blame_the_fields_of_the_other() -> None:
    assert set(faults_of({**GOOD, "channel": "Whatsapp", "preview_first_url": True})) == {"channel"}


def test_nothing_given_lacks_number_and_content() -> None:
    assert faults_of({}) == {"to": "is missing", "content": "is missing"}


def test_a_misspelt_field_is_guessed_at() -> None:
    with pytest.raises(InvalidMessage, match="did you mean validity_period\\?"):
        make_message({**GOOD, "validityPeriod": 5})


def test_a_local_number_takes_the_default_region() -> None:
    assert make_message({**GOOD, "to": "082 123 4567"}, default_region="ZA").to == "27821234567"


def test_a_message_made_without_a_region_is_judged_when_it_is_enqueued() -> None:
    message = Message(to="082 123 4567", content="Hi")
    assert make_message(message, default_region="ZA").to == "27821234567"
    with pytest.raises(InvalidMessage, match="no region"):
        make_message(message)


def test_the_constructor_raises_the_same_error() -> None:
    with pytest.raises(InvalidMessage, match="content is empty"):
        Message(to="27821234567", content="")


def test_a_message_within_another_model_is_checked_too() -> None:
    class Order(pydantic.BaseModel):
        message: Message

    assert Order.model_validate({"message": GOOD}).message.content == GOOD["content"]
    with pytest.raises(pydantic.ValidationError, match="content is empty"):
        Order.model_validate({"message": {**GOOD, "content": ""}})


def test_repr_errors_and_tracebacks_show_neither_number_nor_text() -> None:
    secret = {"to": "27821234567", "content": "4711", "encryption_key": "hush", "from_": "2760"}
    shown = repr(make_message(secret)) + str(make_message(secret))
    with pytest.raises(InvalidMessage) as caught:
        make_message({**secret, "to": "+27 82", "content": " ", "channel": "4711", "priority": "x"})
    shown += str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    for value in ("2782", "4711", "hush", "2760"):
        assert value not in shown


def test_a_message_is_frozen_and_survives_pickling() -> None:
    message = make_message({**GOOD, "send_at": datetime(2026, 1, 2, tzinfo=UTC)})
    field = "content"  # named apart, as type checkers refuse the assignment itself
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        setattr(message, field, "other")
    assert pickle.loads(pickle.dumps(message)) == message
