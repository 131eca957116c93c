"""A list that opens at a tap, to choose one item from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final

from pydantic import Field

from bulkwire.content.base import Content, Several, Text
from bulkwire.content.judging import counted, given, together
from bulkwire.content.unformatted import NoEmoji, NoMarkdown
from bulkwire.errors import Fault

__all__ = ["ListItem", "ListPicker", "ListSection"]

_MOST_ITEMS: Final = 10


class ListItem(Content):
    """The provider's `WhatsAppMessageListSectionItem`. No markdown in any field."""

    title: Annotated[Text, Field(max_length=24), NoMarkdown]
    """At most 24 characters."""
    subtitle: Annotated[Text, Field(max_length=72), NoMarkdown] | None = None
    """At most 72 characters."""
    postback_data: Annotated[Text, Field(max_length=200), NoMarkdown, NoEmoji]
    """Comes back when the item is chosen. At most 200 characters, no emoji."""


class ListSection(Content):
    """The provider's `WhatsAppMessageListSection`."""

    items: Annotated[Several[ListItem], counted(1, _MOST_ITEMS)] | None = None
    """1 to 10; all sections together have at most 10."""
    title: Annotated[Text, Field(max_length=24), NoMarkdown] | None = None
    """At most 24 characters, no markdown. Needed where there is more than one section."""


def _section_faults(sections: Sequence[object]) -> Iterator[Fault]:
    items = [given(section, "items") for section in sections]
    counts = [len(one) for one in items if isinstance(one, list | tuple)]
    # Too many in one section are listed there, and don't count twice.
    if sum(min(count, _MOST_ITEMS) for count in counts) > _MOST_ITEMS:
        problem = f"have {sum(counts)} items in total, at most {_MOST_ITEMS}"
        yield Fault("", problem, "take some out")
    if len(sections) > 1:
        for position, section in enumerate(sections):
            is_one = isinstance(section, Mapping | ListSection)
            if is_one and given(section, "title") is None:
                needed = "with more than one section, each needs one"
                yield Fault(f"[{position}].title", "is missing", needed)


class ListPicker(Content):
    """WhatsApp only. The provider's `WhatsAppMessageList`."""

    sections: Annotated[Several[ListSection], counted(1, 10), together(_section_faults)]
    """1 to 10 sections, with at most 10 items in total."""
    title: Annotated[Text, Field(max_length=60), NoMarkdown] | None = None
    """At most 60 characters, no markdown."""
    subtitle: Annotated[Text, Field(max_length=1024)]
    """At most 1,024 characters."""
    button: Annotated[Text, Field(max_length=20), NoMarkdown]
    """What one taps to open the list: at most 20 characters, no markdown."""
    footer: Annotated[Text, Field(max_length=60)] | None = None
    """At most 60 characters."""
