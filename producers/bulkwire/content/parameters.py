"""What fills the variables of a template: texts by number, `{"1": "Thandi"}`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import Field, ValidationInfo

from bulkwire.content.judging import judged
from bulkwire.errors import Fault

__all__ = ["ByNumber", "Values"]

_Value = Annotated[str, Field(strict=True)]
Values: TypeAlias = dict[_Value, _Value]


def _not_by_number(values: object, _info: ValidationInfo) -> Iterator[Fault]:
    keys = [key for key in values if isinstance(key, str)] if isinstance(values, Mapping) else []
    if not all(key.isascii() and key.isdecimal() for key in keys):
        yield Fault("", "has a key that is not a number", 'number them: "1", "2", …')


ByNumber: Final = judged(_not_by_number)
"""Each key is a whole number, written as text."""
