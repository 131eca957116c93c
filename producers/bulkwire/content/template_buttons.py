"""The buttons of a template: each says which one it fills in, and with what."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from bulkwire.content.base import Content, Text
from bulkwire.content.judging import given

__all__ = [
    "BUTTON_TYPES",
    "CouponCode",
    "CouponCodeButton",
    "Otp",
    "OtpButton",
    "SuggestedResponse",
    "SuggestedResponseButton",
    "TemplateButton",
    "UrlButton",
    "UrlEnding",
]

_Index = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
"""The button's place in the template, counted from 1; buttons without variables count, too."""


class UrlEnding(Content):
    """What follows the address that the template begins with."""

    url: Text


class UrlButton(Content):
    """The provider's `WhatsAppMixedTemplateButtonUrl`."""

    index: _Index
    type: Literal["url"] = "url"
    url: UrlEnding


class SuggestedResponse(Content):
    """What comes back when the button is tapped."""

    postback_data: Text


class SuggestedResponseButton(Content):
    """The provider's `WhatsAppMixedTemplateButtonSuggestedResponse`."""

    index: _Index
    type: Literal["suggestedResponse"] = "suggestedResponse"
    suggested_response: SuggestedResponse


class CouponCode(Content):
    """What the button copies."""

    code: Annotated[Text, Field(max_length=15)]
    """At most 15 characters."""


class CouponCodeButton(Content):
    """The provider's `WhatsAppMixedTemplateButtonCouponCode`."""

    index: _Index
    type: Literal["couponCode"] = "couponCode"
    coupon_code: CouponCode


class Otp(Content):
    """A one-time password, for templates that authenticate."""

    code: Text


class OtpButton(Content):
    """The provider's `WhatsAppMixedTemplateButtonOtp`."""

    index: _Index
    type: Literal["otp"] = "otp"
    otp: Otp


def _tag(button: object) -> str | None:
    kind = given(button, "type")
    # In angle brackets, so that the path of a fault can leave it out.
    return None if kind is None else f"<{kind}>"


TemplateButton: TypeAlias = Annotated[
    Annotated[UrlButton, Tag("<url>")]
    | Annotated[SuggestedResponseButton, Tag("<suggestedResponse>")]
    | Annotated[CouponCodeButton, Tag("<couponCode>")]
    | Annotated[OtpButton, Tag("<otp>")],
    Discriminator(_tag),
]
"""One of four kinds, told apart by `type`."""
BUTTON_TYPES: Final = frozenset({"url", "suggestedResponse", "couponCode", "otp"})
