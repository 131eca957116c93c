"""Every kind of content that a message can have besides text, each a frozen model.

    from bulkwire import enqueue_message
    from bulkwire.content import Location

    enqueue_message(
        to="+27 82 123 4567",
        channel="whatsapp",
        location=Location(latitude=-33.9249, longitude=18.4241, name="Our shop"),
    )

A dict of the same fields does as well. Fields are named as in the provider's contract, in
snake_case; each docstring names the provider's schema and its limits.
"""

from bulkwire.content.action_url import ActionUrl
from bulkwire.content.button import Button, ButtonItem
from bulkwire.content.contact import Contact
from bulkwire.content.header import Header, HeaderMedia
from bulkwire.content.list_picker import ListItem, ListPicker, ListSection
from bulkwire.content.location import Location
from bulkwire.content.location_request import LocationRequest
from bulkwire.content.media import Media
from bulkwire.content.old_buttons import TemplateButtons, TemplateResponses, WebsiteUrl
from bulkwire.content.template import Template, TemplateBody
from bulkwire.content.template_buttons import (
    CouponCode,
    CouponCodeButton,
    Otp,
    OtpButton,
    SuggestedResponse,
    SuggestedResponseButton,
    TemplateButton,
    UrlButton,
    UrlEnding,
)
from bulkwire.content.template_header import (
    TemplateHeader,
    TemplateLocation,
    TemplateMedia,
    TemplateText,
)

__all__ = [
    "ActionUrl",
    "Button",
    "ButtonItem",
    "Contact",
    "CouponCode",
    "CouponCodeButton",
    "Header",
    "HeaderMedia",
    "ListItem",
    "ListPicker",
    "ListSection",
    "Location",
    "LocationRequest",
    "Media",
    "Otp",
    "OtpButton",
    "SuggestedResponse",
    "SuggestedResponseButton",
    "Template",
    "TemplateBody",
    "TemplateButton",
    "TemplateButtons",
    "TemplateHeader",
    "TemplateLocation",
    "TemplateMedia",
    "TemplateResponses",
    "TemplateText",
    "UrlButton",
    "UrlEnding",
    "WebsiteUrl",
]
