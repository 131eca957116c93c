"""What fills the variables of a template: texts by number, `{"1": "Thandi"}`."""

from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field

from bulkwire.faults import problem

__all__ = ["ByNumber", "Values"]

_Value = Annotated[str, Field(strict=True)]
Values: TypeAlias = dict[_Value, _Value]


def _by_number(values: Values) -> Values:
    if not all(key.isascii() and key.isdecimal() for key in values):
        raise problem("has a key that is not a number", 'number them: "1", "2", …')
    return values


ByNumber: Final = AfterValidator(_by_number)
"""Each key is a whole number, written as text."""
