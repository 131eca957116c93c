import pickle
import time

import pytest

from bulkwire.errors import (
    BulkwireError,
    Fault,
    InvalidMessage,
    InvalidNumber,
    QueueUnavailable,
    UnknownMessage,
)
from bulkwire.ids import is_name, new_id, recipient_id


def test_new_ids_are_names_and_sort_by_time() -> None:
    earlier = new_id()
    time.sleep(0.002)
    later = new_id()
    assert len(earlier) == 26
    assert is_name(earlier)
    assert earlier < later


def test_ten_thousand_new_ids_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "x" * 64])
def test_a_name_of_the_allowed_characters_is_one(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a:b", "{a}", "é", "a\n", "a/b"])
def test_anything_else_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_a_recipients_id_is_the_same_again_and_an_option_on_no_command_line() -> None:
    first = recipient_id(b"salt", channel="sms", number="27821234567", campaign="spring")
    again = recipient_id(b"salt", channel="sms", number="27821234567", campaign="spring")
    assert first == again
    assert is_name(first)
    assert first.startswith("r")


def test_a_recipients_id_depends_on_salt_channel_number_and_campaign() -> None:
    base = {"channel": "sms", "number": "27821234567", "campaign": "spring"}
    ids = {
        recipient_id(b"salt", **base),
        recipient_id(b"pepper", **base),
        recipient_id(b"salt", **{**base, "channel": "whatsapp"}),
        recipient_id(b"salt", **{**base, "number": "27821234568"}),
        recipient_id(b"salt", **{**base, "campaign": "autumn"}),
    }
    assert len(ids) == 5


def test_invalid_message_lists_one_fault_a_line() -> None:
    error = InvalidMessage([Fault("to", "is empty", "give it"), Fault("template.body", "is long")])
    assert str(error) == "to is empty: give it\ntemplate.body is long"


@pytest.mark.parametrize(
    "error",
    [
        InvalidMessage([Fault("to", "is empty")]),
        InvalidNumber("is empty", "give it"),
        UnknownMessage("id-1", "shop"),
        QueueUnavailable("no answer", ids=["a", "b"], maybe_enqueued=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_pickling(error: BulkwireError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
