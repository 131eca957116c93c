"""How many segments (parts) an SMS takes, which is what it costs."""

import re
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["Segments", "sms_segments"]

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = "\f^{}\\[~]|€"  # each costs two units: an escape and the character

_IS_GSM: Final = re.compile(f"[{re.escape(_BASIC + _ESCAPED)}]*")
_TWO_UNITS: Final = re.compile(f"[{re.escape(_ESCAPED)}]")


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text becomes on the air."""

    encoding: Literal["GSM-7", "UCS-2"]
    parts: int
    """0 for an empty text."""
    units: int
    """Septets of GSM-7, or UTF-16 code units of UCS-2."""


def sms_segments(text: str) -> Segments:
    """The segments of `text`: 160 then 153 units of GSM-7, 70 then 67 of UCS-2.

    One character outside GSM-7 makes the whole text UCS-2. No segment ends within a character.
    """
    if _IS_GSM.fullmatch(text):
        doubles = [match.start() for match in _TWO_UNITS.finditer(text)]
        return Segments("GSM-7", _parts(len(text), doubles, 160, 153), len(text) + len(doubles))
    doubles = [index for index, char in enumerate(text) if char > "\uffff"]
    return Segments("UCS-2", _parts(len(text), doubles, 70, 67), len(text) + len(doubles))


def _parts(length: int, doubles: list[int], alone: int, joined: int) -> int:
    """How many parts `length` characters take, those at `doubles` (ascending) being two units."""
    units = length + len(doubles)
    if units <= alone:
        return 1 if units else 0
    parts, used, at = 1, 0, 0
    for double in doubles:
        parts, used = _fill(parts, used, double - at, joined)
        if used + 2 > joined:
            parts, used = parts + 1, 0
        used, at = used + 2, double + 1
    return _fill(parts, used, length - at, joined)[0]


def _fill(parts: int, used: int, more: int, joined: int) -> tuple[int, int]:
    """Parts, and units used of the last, after `more` units that may be split anywhere."""
    free = joined - used
    if more <= free:
        return parts, used + more
    whole, rest = divmod(more - free, joined)
    return (parts + whole + 1, rest) if rest else (parts + whole, joined)
