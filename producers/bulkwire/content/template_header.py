"""What stands above a template's body."""

from typing import Annotated, Literal

from pydantic import Field

from bulkwire.content.base import Content, Text
from bulkwire.content.coordinates import Latitude, Longitude
from bulkwire.content.header import GoesWithType
from bulkwire.content.judging import counted
from bulkwire.content.parameters import ByNumber, Values

__all__ = ["TemplateHeader", "TemplateLocation", "TemplateMedia", "TemplateText"]


class TemplateText(Content):
    """The provider's `WhatsAppTemplateHeaderText`."""

    parameters: Annotated[Values, counted(0, 1), ByNumber] | None = None
    """One text under its number, where the template's header has a variable: `{"1": "Thandi"}`."""


class TemplateMedia(Content):
    """An image, a video or a document. The provider's `WhatsAppTemplateHeaderMedia`."""

    file_id: Text
    """As uploading answered it."""


class TemplateLocation(Content):
    """Only for numbers hosted in the cloud. The provider's `WhatsAppTemplateHeaderLocation`."""

    latitude: Latitude
    longitude: Longitude
    name: Text
    address: Text


class TemplateHeader(Content):
    """The provider's `WhatsAppMessageTemplateHeader`: what its `type` names, and only that."""

    type: Literal["text", "media", "location"]
    text: Annotated[TemplateText | None, GoesWithType, Field(validate_default=True)] = None
    media: Annotated[TemplateMedia | None, GoesWithType, Field(validate_default=True)] = None
    location: Annotated[TemplateLocation | None, GoesWithType, Field(validate_default=True)] = None
