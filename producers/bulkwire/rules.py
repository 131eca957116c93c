"""What fields of a message may stand together. Pure: a message in, its faults out.

What a kind of content holds is checked by its own model in `bulkwire.content`.
"""

import binascii
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bulkwire.content.media import LARGEST_INLINE
from bulkwire.errors import Fault
from bulkwire.states import Channel
from bulkwire.wire import LARGEST_MESSAGE, to_wire

if TYPE_CHECKING:
    from bulkwire.message import Message

__all__ = ["CONTENT_KINDS", "WHATSAPP_TEXT_LIMIT", "is_plain_text", "message_faults"]

WHATSAPP_TEXT_LIMIT: Final = 4096
"""Characters. For SMS the provider names no limit; it refuses too many parts with code 100."""

_BOTH: Final = frozenset(Channel)
_SMS: Final = frozenset({Channel.SMS})
_WHATSAPP: Final = frozenset({Channel.WHATSAPP})

CONTENT_KINDS: Final[Mapping[str, frozenset[Channel]]] = MappingProxyType(
    {
        "content": _BOTH,
        "media": _WHATSAPP,
        "location": _WHATSAPP,
        "contacts": _WHATSAPP,
        "template": _WHATSAPP,
        "list_picker": _WHATSAPP,
        "button": _WHATSAPP,
        "action_url": _WHATSAPP,
        "location_request": _WHATSAPP,
    }
)
"""Field that makes a kind of content → channels that carry it."""

_LIMITED_TO: Final[Mapping[str, frozenset[Channel]]] = MappingProxyType(
    {
        "from_": _SMS,
        "user_data_header": _SMS,
        "binary": _SMS,
        "preview_first_url": _WHATSAPP,
        **{kind: channels for kind, channels in CONTENT_KINDS.items() if channels != _BOTH},
    }
)
_CIPHER: Final = ("encryption_key_arn", "encryption_cipher")
_LABELS: Final = MappingProxyType({Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp"})
_PLAIN: Final = frozenset(
    {
        "to",
        "channel",
        "content",
        "id",
        "validity_period",
        "account",
        "campaign",
        "priority",
        "send_at",
        "on_doubt",
        "ignore_suppression",
    }
)


def is_plain_text(message: "Message") -> bool:
    """Whether it is a text that goes on both channels, so that no rule has to be asked."""
    text = message.content
    plain = text is not None and message.model_fields_set <= _PLAIN
    return plain and len(text or "") <= WHATSAPP_TEXT_LIMIT


def message_faults(message: "Message", wrong: Collection[str] = ()) -> tuple[Fault, ...]:
    """Everything wrong between the fields of a message.

    `wrong` names fields that were given and are wrong in themselves, such as `content` and
    `media.file_id`, so the message lacks them: what depends on them is left out.
    """
    kinds = [kind for kind in CONTENT_KINDS if _is_given(message, kind, wrong)]
    if "media" in kinds and "content" in kinds:
        kinds.remove("content")  # it holds the file
    faults = (*_kind_faults(kinds), *_media_faults(message, wrong))
    if kinds == ["content"]:
        faults = (*faults, *_text_faults(message, wrong))
    elif _is_given(message, "preview_first_url", wrong) and message.channel == Channel.WHATSAPP:
        away = Fault("preview_first_url", "goes with plain text only", "leave it out")
        faults = (*faults, away)
    if "channel" not in wrong:
        faults = (*faults, *_channel_faults(message, wrong))
    return faults if faults or wrong else tuple(_size_faults(message, kinds[0]))


def _is_given(message: "Message", name: str, wrong: Collection[str]) -> bool:
    return name in wrong or getattr(message, name) is not None


def _kind_faults(kinds: list[str]) -> Iterator[Fault]:
    """Exactly one kind of content."""
    if not kinds:
        yield Fault("content", "is missing", f"give one of {', '.join(CONTENT_KINDS)}")
    for extra in kinds[1:]:
        yield Fault(extra, f"cannot go with {kinds[0]}", "a message has one kind of content")


def _media_faults(message: "Message", wrong: Collection[str]) -> Iterator[Fault]:
    """Media comes inline or by reference, each with what it needs."""
    media, content = message.media, message.content
    if media is None or "media.file_id" in wrong:
        return
    if media.file_id is not None:
        if _is_given(message, "content", wrong):
            yield Fault("content", "cannot go with media.file_id", "send the file by one of them")
        encrypted = [_is_given(message, name, wrong) for name in _CIPHER]
        if any(encrypted) and not _is_given(message, "encryption_key", wrong):
            yield Fault("encryption_key", "is missing", "encrypted media by reference needs it")
        return
    if media.content_type is None and "media.content_type" not in wrong:
        yield Fault("media.content_type", "is missing", "say what it is, such as image/png")
    if content is not None:
        yield from _inline_faults(content)
    elif "content" not in wrong:
        yield Fault("content", "is missing", "give the file in base64, or media.file_id")


def _inline_faults(content: str) -> Iterator[Fault]:
    try:
        size = len(binascii.a2b_base64(content, strict_mode=True))
    except ValueError:  # also what is not ASCII
        yield Fault("content", "is not base64", "with media, content is the file in base64")
        return
    if size > LARGEST_INLINE:
        problem = f"holds {size} bytes of media, at most {LARGEST_INLINE}"
        yield Fault("content", problem, "upload the file and send it by media.file_id")


def _text_faults(message: "Message", wrong: Collection[str]) -> Iterator[Fault]:
    # What the client encrypted is longer than its text, so its length proves nothing.
    encrypted = _is_given(message, "encryption_key", wrong)
    if message.channel == Channel.WHATSAPP and message.content and not encrypted:
        length = len(message.content)
        if length > WHATSAPP_TEXT_LIMIT:
            problem = f"has {length} characters, at most {WHATSAPP_TEXT_LIMIT}"
            yield Fault("content", problem, "shorten it")


def _channel_faults(message: "Message", wrong: Collection[str]) -> Iterator[Fault]:
    """What one channel alone carries."""
    for name, channels in _LIMITED_TO.items():
        if _is_given(message, name, wrong) and message.channel not in channels:
            only = " and ".join(sorted(_LABELS[channel] for channel in channels))
            yield Fault(name, f"is for {only} only", "leave it out or change the channel")


def _size_faults(message: "Message", kind: str) -> Iterator[Fault]:
    size = len(to_wire(message).encode())
    if size > LARGEST_MESSAGE:
        problem = f"makes a request of {size} bytes, at most {LARGEST_MESSAGE}"
        yield Fault(kind, problem, "shorten it")
