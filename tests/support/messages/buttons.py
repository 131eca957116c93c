"""Strategies for the buttons of templates."""

from typing import Final

from hypothesis import strategies as st

from bulkwire.content import (
    CouponCode,
    CouponCodeButton,
    Otp,
    OtpButton,
    SuggestedResponse,
    SuggestedResponseButton,
    TemplateButton,
    TemplateButtons,
    TemplateResponses,
    UrlButton,
    UrlEnding,
    WebsiteUrl,
)

__all__ = ["old_buttons", "template_buttons"]

_SHORT = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=15)
_MOST: Final = 10
_INDEX = st.integers(1, _MOST)
_OF_ONE_TYPE: tuple[st.SearchStrategy[TemplateButton], ...] = (
    st.builds(UrlButton, index=_INDEX, url=st.builds(UrlEnding, url=_SHORT)),
    st.builds(
        SuggestedResponseButton,
        index=_INDEX,
        suggested_response=st.builds(SuggestedResponse, postback_data=_SHORT),
    ),
    st.builds(CouponCodeButton, index=_INDEX, coupon_code=st.builds(CouponCode, code=_SHORT)),
    st.builds(OtpButton, index=_INDEX, otp=st.builds(Otp, code=_SHORT)),
)


@st.composite
def _grouped(draw: st.DrawFn) -> tuple[TemplateButton, ...]:
    """Up to 10 buttons, those of one type together, each with an index of its own."""
    buttons: list[TemplateButton] = []
    for kind in draw(st.permutations(_OF_ONE_TYPE)):
        buttons += draw(st.lists(kind, max_size=min(4, _MOST - len(buttons))))
    places = draw(st.permutations(range(1, _MOST + 1)))
    return tuple(
        button.model_copy(update={"index": place})
        for button, place in zip(buttons, places, strict=False)
    )


template_buttons = _grouped()
old_buttons = st.one_of(
    st.builds(
        TemplateButtons,
        suggested_response=st.builds(
            TemplateResponses,
            postback_data=st.dictionaries(st.integers(1, 3).map(str), st.text(max_size=9)),
        ),
    ),
    st.builds(
        TemplateButtons,
        website_url=st.lists(
            st.builds(
                WebsiteUrl,
                list_position=st.integers(1, 2),
                parameters=st.none() | st.dictionaries(st.text(max_size=3), _SHORT, max_size=1),
            ),
            max_size=2,
        ).map(tuple),
    ),
)
