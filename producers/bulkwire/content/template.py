"""A template that WhatsApp has approved, and what fills its variables."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import field_validator

from bulkwire.content.base import Content, Several, Text
from bulkwire.content.judging import counted, given, together
from bulkwire.content.old_buttons import TemplateButtons
from bulkwire.content.parameters import ByNumber, Values
from bulkwire.content.template_buttons import BUTTON_TYPES, TemplateButton
from bulkwire.content.template_header import TemplateHeader
from bulkwire.errors import Fault

__all__ = ["Template", "TemplateBody"]


class TemplateBody(Content):
    """The provider's `WhatsAppMessageTemplateBody`."""

    parameters: Annotated[Values, ByNumber] | None = None
    """Texts by the number of their variable: `{"1": "Thandi", "2": "R120"}`."""


def _scattered(buttons: Sequence[object]) -> Iterator[Fault]:
    before: str | None = None
    ended: set[str | None] = set()
    for position, button in enumerate(buttons):
        kind = given(button, "type")
        if not (isinstance(kind, str) and kind in BUTTON_TYPES):
            continue
        if kind != before:
            ended.add(before)
        if kind in ended:
            problem = f"stands apart from the other {kind} buttons"
            yield Fault(f"[{position}]", problem, "put those of one type next to each other")
        before = kind


def _for_the_same(buttons: Sequence[object]) -> Iterator[Fault]:
    first: dict[int, int] = {}
    for position, button in enumerate(buttons):
        index = given(button, "index")
        if not isinstance(index, int) or isinstance(index, bool):
            continue
        before = first.setdefault(index, position)
        if before != position:
            path = f"[{position}].index"
            yield Fault(path, f"is the same as that of [{before}]", "each button has its own")


def _button_faults(buttons: Sequence[object]) -> Iterator[Fault]:
    yield from _scattered(buttons)
    yield from _for_the_same(buttons)


class Template(Content):
    """WhatsApp only. The provider's `WhatsAppMessageTemplate`."""

    template_name: Text
    """As it was approved."""
    language: Text | None = None
    """Which of its languages, such as `en` or `pt_BR`."""
    header: TemplateHeader | None = None
    body: TemplateBody
    """`{}` where the body has no variables."""
    buttons: TemplateButtons | None = None
    """Deprecated by the provider: use `template_buttons`."""
    template_buttons: (
        Annotated[Several[TemplateButton], counted(0, 10), together(_button_faults)] | None
    ) = None
    """At most 10, each with an index of its own; those of one type stand together."""

    @field_validator("buttons")
    @classmethod
    def _is_deprecated(cls, buttons: TemplateButtons | None) -> TemplateButtons | None:
        if buttons is not None:
            # The third frame is who makes the template, or the message with it.
            message = "the provider deprecates `buttons` of a template: use `template_buttons`"
            warnings.warn(message, DeprecationWarning, stacklevel=3)
        return buttons
