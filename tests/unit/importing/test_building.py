import pytest

from bulkwire.errors import InvalidMessage
from bulkwire.message import Message
from bulkwire_cli.importing.build import MessageBuilder, check_options
from bulkwire_cli.importing.records import Reject, Row
from bulkwire_cli.importing.template import compile_template


def builder(
    text: str = "Hi {{ name }}", region: str | None = "ZA", **options: object
) -> MessageBuilder:
    return MessageBuilder(
        text=compile_template(text, ("phone", "name")),
        to_column="phone",
        campaign="spring",
        salt=b"salt",
        options=options,
        region=region,
    )


def row(phone: str = "082 123 4567", name: str = "Anna") -> Row:
    return Row(3, {"phone": phone, "name": name})


def test_a_row_becomes_a_message_of_its_campaign() -> None:
    message = builder(priority="low", validity_period=60).build(row())
    assert isinstance(message, Message)
    assert message.to == "+27821234567"
    assert message.content == "Hi Anna"
    assert message.campaign == "spring"
    assert message.priority == "low"
    assert message.validity_period == 60


def test_the_same_recipient_has_the_same_id_however_the_number_is_written() -> None:
    first = builder().build(row())
    again = builder().build(row(phone="+27821234567", name="Anna B."))
    other = builder().build(row(phone="082 123 4568"))
    assert isinstance(first, Message)
    assert isinstance(again, Message)
    assert isinstance(other, Message)
    assert first.id == again.id
    assert first.id != other.id
    assert "821234567" not in first.id


def test_the_same_recipient_has_another_id_on_the_other_channel() -> None:
    sms = builder().build(row())
    whatsapp = builder(channel="whatsapp").build(row())
    assert isinstance(sms, Message)
    assert isinstance(whatsapp, Message)
    assert sms.id != whatsapp.id


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"phone": ""}, "phone", "the number is empty"),
        ({"phone": "n/a"}, "phone", "the number is not a phone number"),
        ({"phone": "12345"}, "phone", "the number is not a phone number of its country"),
        ({"name": ""}, "name", "the cell of a merge field is empty"),
        ({"name": "x" * 5000}, None, "content has 5003 characters, at most 4096"),
    ],
)
def test_a_row_that_makes_no_message_is_rejected_with_its_place(
    cells: dict[str, str], column: str | None, reason: str
) -> None:
    rejected = builder(channel="whatsapp").build(row(**cells))
    assert isinstance(rejected, Reject)
    assert (rejected.line, rejected.column) == (3, column)
    assert rejected.reason.startswith(reason)


def test_a_text_that_renders_to_nothing_is_rejected() -> None:
    rejected = builder(text="{% if name == 'Ben' %}Hi{% endif %}").build(row())
    assert rejected == Reject(3, None, "content is empty: give it a text")


def test_options_that_fit_no_row_are_found_before_any_row() -> None:
    check_options("spring", {"priority": "low", "from_": "27600000000"})
    with pytest.raises(InvalidMessage) as caught:
        check_options("sp ring", {"channel": "whatsapp", "from_": "2760", "priority": "urgent"})
    assert {fault.path for fault in caught.value.faults} == {"campaign", "from_", "priority"}


def test_options_cannot_replace_what_comes_from_the_file() -> None:
    with pytest.raises(InvalidMessage, match="to comes from the file"):
        check_options("spring", {"to": "27821234567"})


@pytest.mark.parametrize("written", ['="+27821234567"', "'+27821234567", '="082 123 4567"'])
def test_a_number_that_a_spreadsheet_keeps_as_text_is_read(written: str) -> None:
    message = builder().build(row(phone=written))
    assert isinstance(message, Message)
    assert message.to == "+27821234567"
