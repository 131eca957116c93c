"""Any bytes are an answer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwire_workers.one_api.answers import MessageResult, read_balance, read_send, read_status
from bulkwire_workers.one_api.media import read_media, read_metadata
from bulkwire_workers.one_api.notices import read_notification
from bulkwire_workers.one_api.retry_after import MAX_RETRY_AFTER_S, retry_after_s

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

WORDS = """messages error code description apiMessageId accepted to clientMessageId
    sms whatsapp status timestamp balance currency
    event messageStatusUpdate messageId clientEventId fileId expirationTime broadcastAllowed"""
KEYS = st.sampled_from(WORDS.split())
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["READ", "43", "1e999", "NaN", "\u0664\u0663", "+27 82 123 4567"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


@given(st.integers(100, 999), st.binary() | JUNK.map(orjson.dumps))
def test_any_bytes_become_an_answer(status: int, body: bytes) -> None:
    assert read_send(status, body).http_status == status
    assert read_status(status, body).http_status == status
    assert read_notification(status, body).http_status == status
    assert read_media(status, body).http_status == status
    assert read_metadata(status, body).http_status == status
    amount = read_balance(status, body).amount
    assert amount is None or amount.is_finite()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"messages":' * 5_000,
        b'{"messages":[{"error":{"code":' + b"9" * 5_000 + b"}}]}",
        '{"messages":[]}'.encode("utf-16"),
        b'\xef\xbb\xbf{"messages":[]}',
        b'{"messages":"\\ud800"}',
        b'{"messages":NaN}',
    ],
)
def test_hostile_json_becomes_an_answer_without_results(body: bytes) -> None:
    assert all(result.code is None for result in read_send(207, body).results)


def test_a_result_is_read_field_by_field() -> None:
    body = (
        b'{"messages":[{"apiMessageId":"a1","accepted":true,"to":"+27821234567",'
        b'"clientMessageId":"m1","extra":[1]},{"accepted":false,"to":27821234568,'
        b'"error":{"code":26,"description":"opted out"}}]}'
    )
    first, second = read_send(207, body).results
    assert first == MessageResult("a1", accepted=True, to="27821234567", client_id="m1")
    assert second.to == "27821234568"
    assert second.accepted is False
    assert (second.code, second.description) == (26, "opted out")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"43", 43),
        (b'"43"', 43),
        (b"43.0", 43),
        (b"43.5", None),
        (b"-1", None),
        (b"true", None),
        (b"99999999999", None),
        (b'"x"', None),
        (b"null", None),
    ],
)
def test_a_code_is_a_whole_number_or_nothing(raw: bytes, code: int | None) -> None:
    answer = read_send(400, b'{"error":{"code":' + raw + b"}}")
    assert answer.error is not None
    assert answer.global_code == code


@pytest.mark.parametrize("error", [b"null", b"{}", b"[]", b'""', b"false"])
def test_an_empty_error_is_none(error: bytes) -> None:
    assert read_send(202, b'{"messages":[],"error":' + error + b"}").error is None


def test_what_says_nothing_is_no_result() -> None:
    assert read_send(202, b'{"messages":[{}, 1, null, [], {"x":1}]}').results == ()


def test_no_number_and_no_description_stands_in_a_repr() -> None:
    body = b'{"messages":[{"to":"27821234567","error":{"code":1,"description":"27821234567"}}]}'
    answer = read_send(400, body)
    assert answer.results[0].to == "27821234567"
    assert "2782" not in repr(answer)


def test_every_channel_of_a_status_answer_is_read() -> None:
    body = (
        b'{"sms":{"status":"QUEUED","timestamp":17},"WhatsApp ":{"status":"READ"},'
        b'"timestamp":1,"rcs":{"status":7.5}}'
    )
    channels = [(entry.channel, entry.status) for entry in read_status(200, body).channels]
    assert channels == [("sms", "QUEUED"), ("whatsapp", "READ")]


@pytest.mark.parametrize("raw", [b"12.5", b'"12.50"', b'" 12.5 "'])
def test_a_balance_may_be_a_number_or_a_string(raw: bytes) -> None:
    balance = read_balance(200, b'{"balance":' + raw + b',"currency":"EUR"}')
    assert balance.amount == Decimal("12.5")
    assert balance.currency == "EUR"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("-3", None),
        ("soon", None),
        ("9" * 400, None),
        ("1e5", MAX_RETRY_AFTER_S),
        ("86400", MAX_RETRY_AFTER_S),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(hours=3), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=3), usegmt=True), MAX_RETRY_AFTER_S),
        ("Fri, 99 May 2026 99:00:00 GMT", None),
        ("Fri, 01 May 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_an_hour(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after_s(value, now=NOW) == seconds


@given(st.text())
def test_any_retry_after_is_a_pause_within_bounds_or_none(value: str) -> None:
    seconds = retry_after_s(value, now=NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_S


@pytest.mark.parametrize(
    ("written", "year"),
    [("1893456000000", 2030), ('"1893456000000"', 2030), ("0", None), ("9" * 15, None)],
)
def test_an_expiration_time_is_milliseconds(written: str, year: int | None) -> None:
    body = f'{{"expirationTime":{written},"broadcastAllowed":"yes"}}'.encode()
    answer = read_metadata(200, body)
    assert answer.broadcast_allowed is None
    moment = answer.expiration_time
    assert (moment and (moment.year, moment.tzinfo)) == (year and (year, UTC))
