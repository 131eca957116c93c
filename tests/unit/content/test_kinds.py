"""One kind of content a message, each by its own rules."""

import base64
import json
import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import pydantic
import pytest

from bulkwire.content import Location, Media, Template, TemplateBody
from bulkwire.errors import InvalidMessage
from bulkwire.making import make_message
from bulkwire.message import Message, to_wire

WHATSAPP: dict[str, Any] = {"to": "27821234567", "channel": "whatsapp", "id": "m"}
ITEM = {"title": "Yes", "postback_data": "yes"}
GOOD: dict[str, dict[str, Any]] = {
    "content": {"content": "Hi"},
    "media": {"media": {"file_id": "f"}},
    "location": {"location": {"latitude": 1, "longitude": 2}},
    "contacts": {"contacts": [{"name": {"first_name": "A"}, "phones": [{"phone": "1"}]}]},
    "template": {"template": {"template_name": "t", "body": {}}},
    "list_picker": {"list_picker": {"subtitle": "s", "button": "b", "sections": [{}]}},
    "button": {"button": {"body": "b", "items": [ITEM]}},
    "action_url": {"action_url": {"body": "b", "title": "t", "url": "u"}},
    "location_request": {"location_request": {"body": "b"}},
}


def faults_of(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidMessage) as caught:
        make_message({**WHATSAPP, **fields})
    return {fault.path: fault.problem for fault in caught.value.faults}


@pytest.mark.parametrize("kind", GOOD)
def test_a_kind_of_content_is_enough(kind: str) -> None:
    assert getattr(make_message({**WHATSAPP, **GOOD[kind]}), kind) is not None


@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind != "content"])
def test_sms_carries_text_only(kind: str) -> None:
    assert faults_of(**GOOD[kind], channel="sms") == {kind: "is for WhatsApp only"}


@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind not in {"content", "media"}])
def test_two_kinds_do_not_go_together(kind: str) -> None:
    assert faults_of(**GOOD["content"], **GOOD[kind]) == {kind: "cannot go with content"}


def test_a_kind_that_is_wrong_in_itself_is_one_all_the_same() -> None:
    assert faults_of(template={"template_name": "t"}) == {"template.body": "is missing"}
    assert faults_of(template={"template_name": "t"}, content="x") == {
        "template.body": "is missing",
        "template": "cannot go with content",
    }


NAME = {"first_name": "Thandi"}


def test_models_and_dicts_are_the_same_message() -> None:
    as_dict = make_message({**WHATSAPP, **GOOD["template"]})
    template = Template(template_name="t", body=TemplateBody())
    assert make_message({**WHATSAPP, "template": template}) == as_dict


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"media": {"caption": "c"}, "content": "QUJD"}, {"media.content_type": "is missing"}),
        ({"media": {"content_type": "image/png"}}, {"content": "is missing"}),
        ({"media": {"content_type": "image/png"}, "content": "ä"}, {"content": "is not base64"}),
        (
            {"media": {"file_id": "f"}, "content": "QUJD"},
            {"content": "cannot go with media.file_id"},
        ),
        (
            {"media": {"content_type": "Audio/ogg", "caption": "c", "file_id": "f"}},
            {"media.caption": "does not go with audio"},
        ),
        (
            {"media": {"file_id": "f"}, "encryption_cipher": "AES"},
            {"encryption_key": "is missing"},
        ),
        (
            {"media": {"file_id": "f"}, "preview_first_url": True},
            {"preview_first_url": "goes with plain text only"},
        ),
    ],
)
def test_media_comes_inline_or_by_reference(fields: Any, faults: dict[str, str]) -> None:
    assert faults_of(**fields) == faults


def test_inline_media_ends_at_a_megabyte() -> None:
    media = Media(content_type="image/png")
    most = base64.b64encode(b"x" * 1_000_000).decode()
    more = base64.b64encode(b"x" * 1_000_001).decode()
    assert make_message({**WHATSAPP, "media": media, "content": most})
    assert faults_of(media=media, content=more) == {
        "content": "holds 1000001 bytes of media, at most 1000000"
    }


def test_no_message_is_larger_than_a_request_may_be() -> None:
    assert faults_of(channel="sms", content="ä" * 9_000_000) == {
        "content": "makes a request of 18000071 bytes, at most 17999000"
    }


@pytest.mark.parametrize(
    ("given", "written"),
    [(18, "18"), (-1.5e-7, "-0.00000015"), ("+1e1", "10"), (" 7.50 ", "7.50")],
)
def test_coordinates_are_written_as_numeric_texts(given: Any, written: str) -> None:
    location = {"latitude": given, "longitude": 0}
    wire = json.loads(to_wire(make_message({**WHATSAPP, "location": location})))
    assert wire["location"] == {"latitude": written, "longitude": "0"}


@pytest.mark.parametrize("given", [True, None, "north", "", float("nan"), 90.5, "1e-31", b"1"])
def test_what_is_no_latitude_is_refused(given: Any) -> None:
    assert set(faults_of(location={"latitude": given, "longitude": 0})) == {"location.latitude"}


def test_a_birthday_is_a_date() -> None:
    name = {"first_name": "A"}
    good = make_message({**WHATSAPP, "contacts": [{"name": name, "birthday": date(1990, 1, 31)}]})
    assert json.loads(to_wire(good))["contacts"] == [
        {"birthday": "1990-01-31", "name": {"first_name": "A"}}
    ]
    wrong = faults_of(contacts=[{"name": name, "birthday": "1990-01-31"}, {"name": name}])
    assert wrong == {
        "contacts[0].birthday": "is not a date",
        "contacts[1]": "has nothing but a name",
    }


PHONE = {"phone": "+27821234567"}


@pytest.mark.parametrize(
    ("contact", "faults"),
    [
        ({"name": {}, "phones": [PHONE]}, {"contacts[0].name": "has 0, at least 1"}),
        ({"name": NAME, "org": {}}, {"contacts[0]": "has nothing but a name"}),
        ({"name": NAME, "phones": [{}, {}]}, {"contacts[0]": "has nothing but a name"}),
        ({"name": NAME, "phones": []}, {"contacts[0].phones": "has 0, at least 1"}),
    ],
)
def test_a_contact_says_a_name_and_one_thing_more(contact: Any, faults: dict[str, str]) -> None:
    assert faults_of(contacts=[contact]) == faults


def test_a_contact_may_have_empty_details_beside_one_that_is_not() -> None:
    assert make_message(
        {**WHATSAPP, "contacts": [{"name": NAME, "org": {}, "phones": [{}, PHONE]}]}
    )


@pytest.mark.parametrize(
    ("digest", "right"),
    [
        ("ab" * 32, True),
        ("AB" * 32, True),
        ("q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", True),
        ("x", False),
        ("ab" * 31, False),
        ("zz" * 32, False),
    ],
)
def test_the_hash_of_a_file_is_a_sha256(digest: str, right: bool) -> None:
    media = {"file_id": "f", "sha256_hash": digest}
    if right:
        assert make_message({**WHATSAPP, "media": media})
    else:
        assert faults_of(media=media) == {"media.sha256_hash": "is not a SHA-256"}


def test_a_data_key_is_base64_as_anybody_writes_it() -> None:
    for key in ("a2V5cw==", "a2V5cw", "_-8=", "a2V5\ncw=="):
        assert make_message({**WHATSAPP, "content": "x", "encryption_key": key})
    assert faults_of(content="x" * 5_000, encryption_key="not base64!") == {
        "encryption_key": "is not base64"
    }


def test_content_is_frozen_pickles_and_shows_nothing() -> None:
    location = Location(latitude=-33.9249, longitude=18.4241, name="Long Street")
    assert repr(location) == str(location) == "Location(latitude=…, longitude=…, name=…)"
    assert pickle.loads(pickle.dumps(location)) == location
    assert "Long" not in repr(make_message({**WHATSAPP, "location": location}))
    field = "name"  # named apart, as type checkers refuse the assignment itself
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        setattr(location, field, "other")


@pytest.mark.parametrize(
    ("wire", "faults"),
    [
        ("nonsense", {"": "is not JSON"}),
        ("[]", {"": "is not an object"}),
        ('{"to": "27821234567", "content": "\\ud83d"}', {"": "is not JSON in Unicode"}),
        ('{"to": "27821234567", "content": "x", "sendAt": 1}', {"sendAt": "is not a known field"}),
        (
            '{"to": "27821234567", "content": "x", "validity_period": 1}',
            {"validity_period": "is not a known field"},
        ),
        (
            '{"to": 5, "locationRequest": {}, "scheduledDeliveryTime": "2030-01-31"}',
            {
                "to": "is not text",
                "location_request.body": "is missing",
                "location_request": "is for WhatsApp only",
                "scheduled_delivery_time": "is not a datetime",
            },
        ),
    ],
)
def test_what_was_written_for_the_api_is_checked_as_well(wire: str, faults: dict[str, str]) -> None:
    with pytest.raises(InvalidMessage) as caught:
        Message.from_wire(wire)
    assert {fault.path: fault.problem for fault in caught.value.faults} == faults


@pytest.mark.parametrize("more", ["1e-28", "1e-30"])
def test_the_limit_of_a_coordinate_is_exact(more: str) -> None:
    beyond = str(Decimal(f"{Decimal(more):f}".replace("0.", "90.", 1)))
    with pytest.raises(InvalidMessage, match="latitude is not from -90 to 90"):
        Location(latitude=beyond, longitude=0)
