"""What fills the variables of a template: texts by number, `{"1": "Thandi"}`."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from pydantic import ValidationInfo

from bulkwire.content.base import AnyText
from bulkwire.content.judging import judged
from bulkwire.errors import Fault

__all__ = ["ByNumber", "Values"]

Values: TypeAlias = dict[AnyText, AnyText]


def _not_by_number(values: object, _info: ValidationInfo) -> Iterator[Fault]:
    keys = [key for key in values if isinstance(key, str)] if isinstance(values, Mapping) else []
    if not all(key.isascii() and key.isdecimal() for key in keys):
        yield Fault("", "has a key that is not a number", 'number them: "1", "2", …')


ByNumber: Final = judged(_not_by_number)
"""Each key is a whole number, written as text."""
