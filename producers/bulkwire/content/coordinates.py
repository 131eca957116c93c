"""Latitude and longitude: numbers on our side, numeric strings on the provider's."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer

from bulkwire.faults import problem

__all__ = ["Latitude", "Longitude"]

_FINEST: Final = 30
"""Digits after the point; far more than any device knows."""


def _within(limit: int) -> Callable[[object], Decimal]:
    def read(value: object) -> Decimal:
        degrees = _number(value)
        if degrees.copy_abs() > limit:  # abs() rounds to 28 digits
            raise problem(f"is not from -{limit} to {limit}", "give it in degrees")
        if -int(degrees.as_tuple().exponent) > _FINEST:
            raise problem(f"has more than {_FINEST} digits after the point", "round it")
        return degrees

    return read


def _number(value: object) -> Decimal:
    # Python counts True among the numbers.
    if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
        try:
            # By way of text: 0.1 is meant as 0.1.
            degrees = Decimal(str(value))
        except InvalidOperation:
            pass
        else:
            if degrees.is_finite():
                return degrees
    raise problem("is not a number", "give it in degrees")


def _as_text(degrees: Decimal) -> str:
    return format(degrees, "f")


_AsText: Final = PlainSerializer(_as_text, return_type=str, when_used="json")

Latitude = Annotated[Decimal | float | str, BeforeValidator(_within(90)), _AsText]
"""Degrees north, -90 to 90: a number or a text that spells one. Kept as a Decimal."""
Longitude = Annotated[Decimal | float | str, BeforeValidator(_within(180)), _AsText]
"""Degrees east, -180 to 180: a number or a text that spells one. Kept as a Decimal."""
