"""What fields of a message may stand together. Pure: a message in, its faults out.

Kinds of content are a table: a new kind is one more row of `CONTENT_KINDS` and a field of
`Message`, and every rule here holds for it.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bulkwire.errors import Fault
from bulkwire.states import Channel

if TYPE_CHECKING:
    from bulkwire.message import Message

__all__ = ["CONTENT_KINDS", "WHATSAPP_TEXT_LIMIT", "message_faults"]

WHATSAPP_TEXT_LIMIT: Final = 4096
"""Characters. For SMS the provider names no limit; it refuses too many parts with code 100."""

_BOTH: Final = frozenset(Channel)

CONTENT_KINDS: Final[Mapping[str, frozenset[Channel]]] = MappingProxyType({"content": _BOTH})
"""Field that makes a kind of content → channels that carry it."""

_SMS: Final = frozenset({Channel.SMS})
_WHATSAPP: Final = frozenset({Channel.WHATSAPP})
_LIMITED_TO: Final[Mapping[str, frozenset[Channel]]] = MappingProxyType(
    {
        "from_": _SMS,
        "user_data_header": _SMS,
        "binary": _SMS,
        "preview_first_url": _WHATSAPP,
        **{kind: channels for kind, channels in CONTENT_KINDS.items() if channels != _BOTH},
    }
)
_LABELS: Final = MappingProxyType({Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp"})
_TEXTS: Final = (
    "content",
    "from_",
    "user_data_header",
    "encryption_key",
    "encryption_key_arn",
    "encryption_cipher",
)


def message_faults(message: "Message", *, channel_known: bool = True) -> tuple[Fault, ...]:
    """Everything wrong between the fields of a message whose fields are each right.

    Without a known channel, what depends on it is left out.
    """
    faults = (*_content_faults(message), *_text_faults(message))
    return (*faults, *_channel_faults(message)) if channel_known else faults


def _content_faults(message: "Message") -> Iterator[Fault]:
    """Exactly one kind of content."""
    present = [kind for kind in CONTENT_KINDS if getattr(message, kind) is not None]
    if not present:
        yield Fault("content", "is missing", f"give one of {', '.join(CONTENT_KINDS)}")
    for extra in present[1:]:
        yield Fault(extra, f"cannot go with {present[0]}", "a message has one kind of content")


def _channel_faults(message: "Message") -> Iterator[Fault]:
    """What one channel alone carries, and what it limits."""
    for name, channels in _LIMITED_TO.items():
        if message.channel not in channels and getattr(message, name) is not None:
            only = " and ".join(sorted(_LABELS[channel] for channel in channels))
            yield Fault(name, f"is for {only} only", "leave it out or change the channel")
    # What the client encrypted is longer than its text, so its length proves nothing.
    if message.channel == Channel.WHATSAPP and message.content and message.encryption_key is None:
        excess = len(message.content) - WHATSAPP_TEXT_LIMIT
        if excess > 0:
            problem = f"is {excess} characters longer than the {WHATSAPP_TEXT_LIMIT} of WhatsApp"
            yield Fault("content", problem, "shorten it")


def _text_faults(message: "Message") -> Iterator[Fault]:
    for name in _TEXTS:
        text = getattr(message, name)
        if text is None:
            continue
        if not text or text.isspace():
            yield Fault(name, "is empty", "give it a text" if name == "content" else "leave it out")
        elif not (text.isascii() or _is_unicode(text)):
            yield Fault(name, "holds half of a surrogate pair", "decode the text with its encoding")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
