"""Strategies for texts, and for each kind of content of `bulkwire.content`."""

import base64
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from bulkwire.content import (
    ActionUrl,
    Button,
    ButtonItem,
    Contact,
    Header,
    HeaderMedia,
    ListItem,
    ListPicker,
    ListSection,
    Location,
    LocationRequest,
    Media,
    Template,
    TemplateBody,
    TemplateHeader,
    TemplateLocation,
    TemplateMedia,
    TemplateText,
)
from support.messages.buttons import old_buttons, template_buttons

__all__ = ["KINDS", "base64_files", "inline_media", "plain", "texts"]

_MARKS = "*_~`"


def texts(most: int = 40) -> st.SearchStrategy[str]:
    """Any text with something to see in it, up to `most` characters, often as long as that."""
    letters = st.characters(codec="utf-8", exclude_characters="\x1c\x1d\x1e\x1f\x85")
    some = st.text(letters, min_size=1, max_size=min(most, 60)).filter(lambda text: text.strip())
    return st.one_of(some, st.sampled_from("aé€😀").map(lambda letter: letter * most))


def plain(most: int, *, emoji: bool = True) -> st.SearchStrategy[str]:
    """Text without markdown; single marks are none."""
    allowed = st.characters(
        max_codepoint=0x24F, exclude_characters=_MARKS, exclude_categories=["C"]
    )
    some = st.text(allowed, min_size=1, max_size=min(most, 60)).filter(lambda text: text.strip())
    faces = ["😀" * most] if emoji else []
    return st.one_of(some, st.sampled_from(["a_b_c", "2 * 3", "~", "é" * most, *faces]))


def _perhaps(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def _degrees(limit: int) -> st.SearchStrategy[object]:
    return st.one_of(
        st.integers(-limit, limit),
        st.floats(-limit, limit).filter(lambda x: len(f"{Decimal(str(x)):f}") < 30),
        st.decimals(-limit, limit, places=6),
        st.decimals(-limit, limit, places=3).map(str),
    )


_LATITUDES, _LONGITUDES = _degrees(90), _degrees(180)
_FILES = texts(36)
_ENTRIES = st.dictionaries(texts(12), st.text(max_size=20), max_size=3)
_LISTS = st.lists(_ENTRIES, min_size=1, max_size=3).map(tuple)
_FILLED = st.dictionaries(texts(12), st.text(max_size=20), min_size=1, max_size=3)
_NUMBERED = st.dictionaries(st.integers(1, 20).map(str), st.text(max_size=20), max_size=4)

base64_files = st.binary(max_size=300).filter(len).map(base64.b64encode).map(bytes.decode)

_LOCATIONS = st.builds(
    Location,
    latitude=_LATITUDES,
    longitude=_LONGITUDES,
    name=_perhaps(texts()),
    address=_perhaps(texts()),
)
_CONTACTS = st.lists(
    st.builds(
        Contact,
        name=_FILLED,
        phones=st.tuples(_FILLED) | st.tuples(_ENTRIES, _FILLED),
        addresses=_perhaps(_LISTS),
        birthday=_perhaps(st.dates(min_value=date(1000, 1, 1))),
        emails=_perhaps(_LISTS),
        org=_perhaps(_ENTRIES),
        urls=_perhaps(_LISTS),
    ),
    min_size=1,
    max_size=3,
).map(tuple)

_HEADERS = st.one_of(
    st.builds(Header, type=st.just("text"), text=plain(60)),
    st.builds(
        Header,
        type=st.just("media"),
        media=st.builds(
            HeaderMedia, type=st.sampled_from(["image", "video", "document"]), file_id=_FILES
        ),
    ),
)
_BUTTONS = st.builds(
    Button,
    body=texts(1024),
    header=_perhaps(_HEADERS),
    footer=_perhaps(texts(60)),
    items=st.lists(
        st.builds(
            ButtonItem,
            postback_data=texts(256),
            title=plain(20),
            type=st.sampled_from([None, "reply"]),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda item: item.postback_data,
    ).map(tuple),
)
_ACTION_URLS = st.builds(
    ActionUrl,
    body=texts(1024),
    header=_perhaps(_HEADERS),
    footer=_perhaps(texts(60)),
    title=texts(20),
    url=texts(2000),
)
_ITEMS = st.builds(
    ListItem,
    title=plain(24),
    subtitle=_perhaps(plain(72)),
    postback_data=plain(200, emoji=False),
)


def _sections(sizes: list[int]) -> st.SearchStrategy[tuple[ListSection, ...]]:
    """Sections of so many items each; 0: without items."""
    return st.tuples(
        *(
            st.builds(
                ListSection,
                title=plain(24) if len(sizes) > 1 else _perhaps(plain(24)),
                items=st.lists(_ITEMS, min_size=size, max_size=size).map(tuple)
                if size
                else st.none(),
            )
            for size in sizes
        )
    )


_LIST_PICKERS = st.builds(
    ListPicker,
    title=_perhaps(plain(60)),
    subtitle=texts(1024),
    button=plain(20),
    footer=_perhaps(texts(60)),
    sections=st.sampled_from([[1], [10], [3, 2], [0, 4], [5, 5], [1] * 10]).flatmap(_sections),
)

_TEMPLATE_HEADERS = st.one_of(
    st.builds(
        TemplateHeader,
        type=st.just("text"),
        text=st.builds(
            TemplateText, parameters=_perhaps(st.dictionaries(st.just("1"), texts(), max_size=1))
        ),
    ),
    st.builds(
        TemplateHeader, type=st.just("media"), media=st.builds(TemplateMedia, file_id=_FILES)
    ),
    st.builds(
        TemplateHeader,
        type=st.just("location"),
        location=st.builds(
            TemplateLocation,
            latitude=_LATITUDES,
            longitude=_LONGITUDES,
            name=texts(),
            address=texts(),
        ),
    ),
)
_TEMPLATES = st.builds(
    Template,
    template_name=texts(),
    language=_perhaps(st.sampled_from(["en", "pt_BR"])),
    header=_perhaps(_TEMPLATE_HEADERS),
    body=st.builds(TemplateBody, parameters=_perhaps(_NUMBERED)),
    buttons=_perhaps(old_buttons),
    template_buttons=_perhaps(template_buttons),
)

inline_media = st.builds(
    Media,
    content_type=st.sampled_from(["image/png", "video/mp4", "application/pdf"]),
    caption=_perhaps(texts()),
    file_name=_perhaps(texts()),
    sha256_hash=_perhaps(st.just("ab" * 32)),
)

KINDS: dict[str, st.SearchStrategy[object]] = {
    "location": _LOCATIONS,
    "contacts": _CONTACTS,
    "media": st.builds(
        Media,
        file_id=_FILES,
        content_type=st.sampled_from([None, "image/png", "audio/ogg"]),
        file_name=_perhaps(texts()),
        sha256_hash=_perhaps(st.just("ab" * 32)),
    ),
    "template": _TEMPLATES,
    "list_picker": _LIST_PICKERS,
    "button": _BUTTONS,
    "action_url": _ACTION_URLS,
    "location_request": st.builds(LocationRequest, body=texts(1024)),
}
"""Kinds of content that WhatsApp alone has, and that come without `content`."""
