"""A text with one button that opens a web address."""

from typing import Annotated

from pydantic import Field

from bulkwire.content.base import Content, Text
from bulkwire.content.header import Header

__all__ = ["ActionUrl"]


class ActionUrl(Content):
    """WhatsApp only. The provider's `WhatsAppMessageCTAButton` (call to action)."""

    body: Annotated[Text, Field(max_length=1024)]
    """At most 1,024 characters."""
    header: Header | None = None
    footer: Annotated[Text, Field(max_length=60)] | None = None
    """At most 60 characters."""
    title: Annotated[Text, Field(max_length=20)]
    """What stands on the button: at most 20 characters."""
    url: Annotated[Text, Field(max_length=2000)]
    """At most 2,000 characters."""
