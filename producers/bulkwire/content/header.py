"""What stands above a message with buttons."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo

from bulkwire.content.base import Content, Text
from bulkwire.content.judging import judged
from bulkwire.content.unformatted import NoMarkdown
from bulkwire.errors import Fault

__all__ = ["GoesWithType", "Header", "HeaderMedia"]


def _against_type(value: object, info: ValidationInfo) -> Iterator[Fault]:
    kind = info.data.get("type")
    if kind is None:
        return  # the type is missing or wrong, which is listed itself
    if value is None and info.field_name == kind:
        yield Fault("", "is missing", f"a header of type {kind} needs it")
    if value is not None and info.field_name != kind:
        yield Fault("", f"does not go with type {kind}", "leave it out or change the type")


GoesWithType: Final = judged(_against_type)
"""The field is there where `type` names it, and only there. Goes with `validate_default`."""


class HeaderMedia(Content):
    """The provider's `WhatsAppInteractiveMessageMedia`."""

    type: Literal["image", "video", "document"]
    file_id: Text
    """As uploading answered it."""


class Header(Content):
    """Text or media. The provider's `WhatsAppInteractiveMessageHeader`."""

    type: Literal["text", "media"]
    text: Annotated[
        Annotated[Text, Field(max_length=60), NoMarkdown] | None,
        GoesWithType,
        Field(validate_default=True),
    ] = None
    """At most 60 characters, no markdown."""
    media: Annotated[HeaderMedia | None, GoesWithType, Field(validate_default=True)] = None
