"""The buttons of a template as they were written before `template_buttons`. Deprecated."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from bulkwire.content.base import Content, Several
from bulkwire.content.parameters import ByNumber, Values
from bulkwire.faults import problem

__all__ = ["TemplateButtons", "TemplateResponses", "WebsiteUrl"]


class TemplateResponses(Content):
    """The provider's `WhatsAppTemplateSuggestedResponse`."""

    postback_data: Annotated[Values, Field(max_length=3), ByNumber]
    """What comes back, by the number of its button: `{"1": "yes"}`; at most 3."""


class WebsiteUrl(Content):
    """The provider's `WhatsAppTemplateWebsiteUrl`."""

    list_position: Annotated[int, Field(strict=True, ge=1, le=2)]
    """Where the button stands in the template: 1 or 2."""
    parameters: Annotated[Values, Field(max_length=1)] | None = None
    """The end of the address, where it is variable: one at most."""


class TemplateButtons(Content):
    """The provider's `WhatsAppMessageTemplateButtons`: buttons of one type. Deprecated there."""

    suggested_response: TemplateResponses | None = None
    website_url: Several[WebsiteUrl] | None = None

    @field_validator("website_url")
    @classmethod
    def _one_type(
        cls, buttons: Sequence[WebsiteUrl] | None, info: ValidationInfo
    ) -> Sequence[WebsiteUrl] | None:
        if buttons is not None and info.data.get("suggested_response") is not None:
            raise problem("does not go with suggested_response", "use template_buttons for both")
        return buttons
