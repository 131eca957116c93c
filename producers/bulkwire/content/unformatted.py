"""Text that WhatsApp shows as it is."""

import re
from collections.abc import Iterator
from typing import Final

from pydantic import ValidationInfo

from bulkwire.content.judging import judged
from bulkwire.errors import Fault

__all__ = ["NoEmoji", "NoMarkdown"]

# Beyond ASCII all counts as letters: what `\w` and `\s` hold there differs between engines.
_WORD: Final = "[0-9A-Za-z_\u0080-\U0010ffff]"
_MARKDOWN: Final = re.compile(
    rf"(?<!{_WORD})([*_~])(?=[^ \t\r\n*_~])[\s\S]*?[^ \t\r\n]\1(?!{_WORD})|`[^`]+`"
)
_EMOJI: Final = re.compile(
    "[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55\ufe0f\u20e3"
    "\U0001f000-\U0001faff]"
)


_LONG_ENOUGH: Final = 1_000
"""Characters that are looked at: no text of this kind may be as long, and the pattern's time grows
with the square of the length."""


def _formatted(text: object, _info: ValidationInfo) -> Iterator[Fault]:
    if isinstance(text, str) and _MARKDOWN.search(text[:_LONG_ENOUGH]):
        yield Fault("", "is formatted with markdown", "take out the * _ ~ ` around words")


def _with_emoji(text: object, _info: ValidationInfo) -> Iterator[Fault]:
    if isinstance(text, str) and _EMOJI.search(text[:_LONG_ENOUGH]):
        yield Fault("", "holds an emoji", "take it out")


NoMarkdown: Final = judged(_formatted)
"""`*bold*` is refused."""
NoEmoji: Final = judged(_with_emoji)
