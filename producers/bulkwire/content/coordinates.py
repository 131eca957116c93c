"""Latitude and longitude: numbers on our side, numeric strings on the provider's."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer

from bulkwire.faults import problem

__all__ = ["Latitude", "Longitude"]

_FINEST: Final = 30
"""Digits after the point; far more than any device knows."""


def _number(value: object) -> object:
    if isinstance(value, bool):  # Python counts them among the numbers
        raise problem("is not a number", "give it in degrees")
    return value


def _as_text(degrees: Decimal) -> str:
    return format(degrees, "f")


_NotABool: Final = BeforeValidator(_number)
_AsText: Final = PlainSerializer(_as_text, return_type=str, when_used="json")

Latitude = Annotated[Decimal, Field(ge=-90, le=90, decimal_places=_FINEST), _NotABool, _AsText]
"""Degrees north, -90 to 90: a number or a text that spells one."""
Longitude = Annotated[Decimal, Field(ge=-180, le=180, decimal_places=_FINEST), _NotABool, _AsText]
"""Degrees east, -180 to 180: a number or a text that spells one."""
