import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bulkwire.making import make_message
from bulkwire.message import fingerprint, to_wire
from bulkwire.wire import api_time

GOOD: dict[str, Any] = {"to": "+27 82 123 4567", "content": "Hallo, schöne Welt €", "id": "order-1"}
PLUS_TWO = timezone(timedelta(hours=2))


def test_the_payload_is_compact_json_with_channel_and_id() -> None:
    assert to_wire(make_message(GOOD)) == (
        '{"to":"27821234567","channel":"sms","content":"Hallo, schöne Welt €",'
        '"clientMessageId":"order-1"}'
    )


def test_the_payload_has_the_apis_names_and_nothing_of_ours() -> None:
    message = make_message(
        {
            **GOOD,
            "from_": "27600000000",
            "user_data_header": "050003",
            "binary": True,
            "scheduled_delivery_time": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=PLUS_TWO),
            "encryption_key": "key",
            "encryption_key_arn": "arn",
            "encryption_cipher": "AES",
            "validity_period": 60,
            "campaign": "spring",
            "priority": "high",
            "send_at": datetime(2026, 1, 1, tzinfo=UTC),
            "on_doubt": "resend",
            "account": "shop",
            "ignore_suppression": True,
        }
    )
    assert json.loads(to_wire(message)) == {
        "to": "27821234567",
        "channel": "sms",
        "content": "Hallo, schöne Welt €",
        "clientMessageId": "order-1",
        "from": "27600000000",
        "userDataHeader": "050003",
        "binary": True,
        "scheduledDeliveryTime": "2026-01-02T03:04:05+02:00",
        "encryptionKey": "key",
        "encryptionKeyArn": "arn",
        "encryptionCipher": "AES",
    }


def test_whatsapps_own_field_has_its_name() -> None:
    fields = {**GOOD, "channel": "whatsapp", "preview_first_url": False}
    assert json.loads(to_wire(make_message(fields)))["previewFirstUrl"] is False


def test_times_have_whole_seconds_and_an_offset_of_whole_minutes() -> None:
    assert api_time(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05+00:00"
    odd = timezone(timedelta(hours=2, seconds=30))
    assert api_time(datetime(2026, 1, 2, 3, 4, 35, tzinfo=odd)) == "2026-01-02T01:04:05+00:00"


def test_the_same_message_has_the_same_fingerprint_however_its_number_is_written() -> None:
    one = fingerprint(make_message(GOOD))
    two = fingerprint(make_message({**GOOD, "to": "0027821234567"}))
    assert one == two
    assert len(one) == 22


@pytest.mark.parametrize(
    "other",
    [
        {"to": "+27 82 123 4568"},
        {"content": "Hallo"},
        {"channel": "whatsapp"},
        {"validity_period": 60},
        {"campaign": "spring"},
        {"priority": "high"},
        {"on_doubt": "resend"},
        {"from_": "27600000000"},
        {"ignore_suppression": True},
        {"scheduled_delivery_time": datetime(2026, 1, 2, tzinfo=UTC)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_message_has_another_fingerprint(other: dict[str, Any]) -> None:
    assert fingerprint(make_message(GOOD)) != fingerprint(make_message({**GOOD, **other}))


def test_when_to_send_does_not_make_another_message() -> None:
    later = make_message({**GOOD, "send_at": datetime(2026, 1, 2, tzinfo=UTC)})
    assert fingerprint(later) == fingerprint(make_message(GOOD))
