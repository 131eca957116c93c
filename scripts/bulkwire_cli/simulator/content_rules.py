"""The rules of a message that stand in the provider's prose and not in its schema.

Each answers with the error code that refuses the message, or 0.
"""

from base64 import b64decode
from collections.abc import Callable
from itertools import groupby
from typing import Any, Final

__all__ = ["FileExists", "content_fault"]

PARAMETER: Final = 23
SIZE: Final = 24
RECIPIENT: Final = 25
MEDIA_TOO_BIG: Final = 31
MEDIA_NOT_FOUND: Final = 33

MAX_WHATSAPP_TEXT: Final = 4_096
MAX_INLINE_MEDIA: Final = 1_000_000

FileExists = Callable[[str, str], bool]
"""(file id, recipient) → the file is there and may go to that recipient."""
Fields = dict[str, Any]

_SMS_ONLY: Final = frozenset({"from", "userDataHeader", "binary"})
_RICH: Final = frozenset(
    {"location", "contacts", "template", "listPicker", "button", "actionUrl", "locationRequest"}
)
_WHATSAPP_ONLY: Final = _RICH | {"media", "previewFirstUrl"}


def content_fault(message: Fields, *, file_exists: FileExists, plain: bool) -> int:
    """The code for a message that the schema lets pass. `plain`: it has the fields of text only."""
    to = message["to"]
    if not (to.isdecimal() and to.isascii() and to[0] != "0" and 7 <= len(to) <= 15):
        return RECIPIENT
    whatsapp = message.get("channel") == "whatsapp"
    if plain:
        if "content" not in message:
            return PARAMETER
        return SIZE if whatsapp and len(message["content"]) > MAX_WHATSAPP_TEXT else 0
    if not message.keys().isdisjoint(_SMS_ONLY if whatsapp else _WHATSAPP_ONLY):
        return PARAMETER
    if not whatsapp:
        return 0 if "content" in message else PARAMETER
    return _kind_fault(message, file_exists)


def _kind_fault(message: Fields, file_exists: FileExists) -> int:
    """WhatsApp: exactly one kind of content, and that one well-formed."""
    rich = message.keys() & _RICH
    if "media" in message:
        wrong = bool(rich) or "previewFirstUrl" in message
        return PARAMETER if wrong else _media_fault(message, file_exists)
    if "content" in message:
        if rich:
            return PARAMETER
        # What the client encrypted is longer than its text.
        too_long = len(message["content"]) > MAX_WHATSAPP_TEXT and "encryptionKey" not in message
        return SIZE if too_long else 0
    if len(rich) != 1 or "previewFirstUrl" in message:
        return PARAMETER
    kind = rich.pop()
    well_formed = _CHECKS[kind](message[kind])
    if not well_formed:
        return PARAMETER
    files = _file_ids(message[kind])
    return 0 if all(file_exists(file, message["to"]) for file in files) else MEDIA_NOT_FOUND


def _media_fault(message: Fields, file_exists: FileExists) -> int:
    media = message["media"]
    if media.get("contentType", "").lower().startswith("audio/") and "caption" in media:
        return PARAMETER
    if "fileId" in media:
        encrypted = not message.keys().isdisjoint({"encryptionKeyArn", "encryptionCipher"})
        if "content" in message or (encrypted and "encryptionKey" not in message):
            return PARAMETER
        return 0 if file_exists(media["fileId"], message["to"]) else MEDIA_NOT_FOUND
    if "content" not in message or "contentType" not in media:
        return PARAMETER
    try:
        size = len(b64decode(message["content"], validate=True))
    except ValueError:  # also what is not ASCII
        return PARAMETER
    return MEDIA_TOO_BIG if size > MAX_INLINE_MEDIA else 0


def _contacts(contacts: list[Fields]) -> bool:
    return bool(contacts) and all(len(contact) > 1 for contact in contacts)


def _list(picker: Fields) -> bool:
    sections = picker["sections"]
    titled = len(sections) == 1 or all(section.get("title") for section in sections)
    return titled and sum(len(section.get("items", ())) for section in sections) <= 10


def _buttons(button: Fields) -> bool:
    data = [item["postbackData"] for item in button["items"]]
    return len(set(data)) == len(data) and _header(button)


def _header(parent: Fields) -> bool:
    """A header carries what its type names, and nothing else."""
    header = parent.get("header")
    return header is None or header.keys() - {"type"} == {header["type"]}


def _template(template: Fields) -> bool:
    old = template.get("buttons", {})
    types = [
        kind for kind, _ in groupby(b.get("type") for b in template.get("templateButtons", ()))
    ]
    return _header(template) and len(old) <= 1 and len(types) == len(set(types))


def _any(_: Fields) -> bool:
    return True


def _file_ids(content: object) -> list[str]:
    header = content.get("header", {}) if isinstance(content, dict) else {}
    file = header.get("media", {}).get("fileId")
    return [file] if file else []


_CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    "location": _any,
    "contacts": _contacts,
    "template": _template,
    "listPicker": _list,
    "button": _buttons,
    "actionUrl": _header,
    "locationRequest": _any,
}
