"""Text in CSV files that people open in a spreadsheet."""

import re
from typing import Final

__all__ = ["plain_text", "safe_cell"]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_KEPT_AS_TEXT: Final = re.compile(r"""="(.*)"|'(.*)""")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def plain_text(cell: str) -> str:
    """What a cell holds that keeps a spreadsheet from making a number of it: `="082…"`, `'082…`."""
    found = _KEPT_AS_TEXT.fullmatch(cell)
    return (found[1] or found[2] or "") if found else cell
