"""A text with up to three reply buttons."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from bulkwire.content.base import Content, Several, Text
from bulkwire.content.header import Header
from bulkwire.content.judging import counted, given, together
from bulkwire.content.unformatted import NoMarkdown
from bulkwire.errors import Fault

__all__ = ["Button", "ButtonItem"]


class ButtonItem(Content):
    """One reply button. The provider's `WhatsAppMessageButtonItem`."""

    postback_data: Annotated[Text, Field(max_length=256)]
    """Comes back when the button is tapped. At most 256 characters, unique in the message."""
    title: Annotated[Text, Field(max_length=20), NoMarkdown]
    """At most 20 characters, no markdown."""
    type: Literal["reply"] | None = None


def _repeated(items: Sequence[object]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for position, item in enumerate(items):
        data = given(item, "postback_data")
        if not isinstance(data, str):
            continue
        before = first.setdefault(data, position)
        if before != position:
            path = f"[{position}].postback_data"
            yield Fault(path, f"is the same as that of [{before}]", "make each one unique")


class Button(Content):
    """WhatsApp only. The provider's `WhatsAppMessageButton`."""

    body: Annotated[Text, Field(max_length=1024)]
    """At most 1,024 characters."""
    header: Header | None = None
    items: Annotated[Several[ButtonItem], counted(1, 3), together(_repeated)]
    """1 to 3 buttons."""
    footer: Annotated[Text, Field(max_length=60)] | None = None
    """At most 60 characters."""
