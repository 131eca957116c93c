"""Strategies for whole messages: everything the contract allows, and nothing it forbids."""

from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from bulkwire.making import make_message
from bulkwire.message import Message
from support.messages.parts import KINDS, base64_files, inline_media, texts

__all__ = ["messages"]

_ZONES = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-8))]
)
_NUMBERS = st.integers(27_820_000_000, 27_829_999_999).map(str)
_BOTH: dict[str, st.SearchStrategy[Any]] = {
    "id": st.text("abcXYZ019._-", min_size=1, max_size=64),
    "scheduled_delivery_time": st.datetimes(timezones=_ZONES),
    "validity_period": st.integers(1, 2**31 - 1),
}
_ENCRYPTION: dict[str, st.SearchStrategy[Any]] = {
    "encryption_key": st.just("a2V5"),
    "encryption_key_arn": texts(),
    "encryption_cipher": texts(),
}
_SMS: dict[str, st.SearchStrategy[Any]] = {
    "from_": _NUMBERS,
    "user_data_header": st.just("050003CC0201"),
    "binary": st.booleans(),
}


def _whatsapp() -> st.SearchStrategy[dict[str, Any]]:
    channel = {"channel": st.just("whatsapp"), "to": _NUMBERS}
    optional = {**_BOTH, **_ENCRYPTION}
    encrypted = {name: _ENCRYPTION[name] for name in ("encryption_key", "encryption_key_arn")}
    return st.one_of(
        st.fixed_dictionaries(
            {**channel, "content": texts(4096)},
            optional={**optional, "preview_first_url": st.booleans()},
        ),
        st.fixed_dictionaries(
            {**channel, "content": base64_files, "media": inline_media}, optional=optional
        ),
        st.fixed_dictionaries({**channel, **encrypted, "media": KINDS["media"]}, optional=_BOTH),
        *(
            st.fixed_dictionaries({**channel, name: kind}, optional=_BOTH)
            for name, kind in KINDS.items()
        ),
    )


def messages() -> st.SearchStrategy[Message]:
    """Messages ready to be enqueued."""
    sms = st.fixed_dictionaries(
        {"to": _NUMBERS, "content": texts(5000)},
        optional={**_BOTH, **_ENCRYPTION, **_SMS, "channel": st.just("sms")},
    )
    return st.one_of(sms, *[_whatsapp()] * 4).map(make_message)
