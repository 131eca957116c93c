"""What stands above a message with buttons."""

from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo

from bulkwire.content.base import Content, NoMarkdown, Text
from bulkwire.faults import problem

__all__ = ["GoesWithType", "Header", "HeaderMedia"]

T = TypeVar("T")


def _goes_with_type(value: T | None, info: ValidationInfo) -> T | None:
    kind = info.data.get("type")
    if kind is None:
        return value  # the type is missing or wrong, which is listed itself
    if value is None and info.field_name == kind:
        raise problem("is missing", f"a header of type {kind} needs it")
    if value is not None and info.field_name != kind:
        raise problem(f"does not go with type {kind}", "leave it out or change the type")
    return value


GoesWithType: Final = AfterValidator(_goes_with_type)
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
