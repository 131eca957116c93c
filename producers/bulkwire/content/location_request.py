"""A text with a button by which one sends where one is."""

from typing import Annotated

from pydantic import Field

from bulkwire.content.base import Content, Text

__all__ = ["LocationRequest"]


class LocationRequest(Content):
    """WhatsApp only. The provider's `WhatsAppMessageLocationRequest`."""

    body: Annotated[Text, Field(max_length=1024)]
    """At most 1,024 characters."""
