"""The buttons of a template as they were written before `template_buttons`. Deprecated."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field, ValidationInfo

from bulkwire.content.base import Content, Several
from bulkwire.content.judging import counted, judged
from bulkwire.content.parameters import ByNumber, Values
from bulkwire.errors import Fault

__all__ = ["TemplateButtons", "TemplateResponses", "WebsiteUrl"]


class TemplateResponses(Content):
    """The provider's `WhatsAppTemplateSuggestedResponse`."""

    postback_data: Annotated[Values, counted(0, 3), ByNumber]
    """What comes back, by the number of its button: `{"1": "yes"}`; at most 3."""


class WebsiteUrl(Content):
    """The provider's `WhatsAppTemplateWebsiteUrl`."""

    list_position: Annotated[int, Field(strict=True, ge=1, le=2)]
    """Where the button stands in the template: 1 or 2."""
    parameters: Annotated[Values, counted(0, 1)] | None = None
    """The end of the address, where it is variable: one at most."""


_WRONG: Final = object()


def _second_type(buttons: object, info: ValidationInfo) -> Iterator[Fault]:
    if buttons is not None and info.data.get("suggested_response", _WRONG) is not None:
        yield Fault("", "does not go with suggested_response", "use template_buttons for both")


class TemplateButtons(Content):
    """The provider's `WhatsAppMessageTemplateButtons`: buttons of one type. Deprecated there."""

    suggested_response: TemplateResponses | None = None
    website_url: Annotated[Several[WebsiteUrl] | None, judged(_second_type)] = None
