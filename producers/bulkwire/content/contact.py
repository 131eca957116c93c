"""A contact card."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Final, Self

from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    ValidationInfo,
    model_validator,
)

from bulkwire.content.base import AnyText, Content, Several
from bulkwire.content.judging import counted, given, judge
from bulkwire.errors import Fault
from bulkwire.faults import problem

__all__ = ["Contact"]

_Entry = dict[AnyText, AnyText]
"""Free fields by name, as WhatsApp's cards have them: `{"phone": "+27…", "type": "CELL"}`."""
_Entries = Annotated[Several[_Entry], counted(1)]
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _read_day(value: object, info: ValidationInfo) -> object:
    if info.mode != "json" or not isinstance(value, str):
        return value
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # such as the 31st of February
    raise problem("is not a date", "write it like 1990-01-31")


_DETAILS: Final = ("addresses", "birthday", "emails", "org", "phones", "urls")


def _says_nothing(detail: object) -> bool:
    """Whether it is left out, `{}`, or a list of such. That a list is empty is told of itself."""
    if isinstance(detail, list | tuple) and detail:
        return all(entry == {} for entry in detail)
    return detail is None or detail == {}


def _nothing_but_a_name(contact: object) -> Iterator[Fault]:
    is_one = isinstance(contact, Mapping | Contact)
    if is_one and all(_says_nothing(given(contact, detail)) for detail in _DETAILS):
        remedy = "give it a phone, an email or another detail"
        yield Fault("", "has nothing but a name", remedy)


class Contact(Content):
    """WhatsApp only. The provider's `WhatsAppContact`: a name and at least one thing more."""

    addresses: _Entries | None = None
    birthday: Annotated[date, Field(strict=True), BeforeValidator(_read_day)] | None = None
    """Written `YYYY-MM-DD`."""
    emails: _Entries | None = None
    name: Annotated[_Entry, counted(1)]
    """Such as `{"formatted_name": "Thandi M", "first_name": "Thandi"}`."""
    org: _Entry | None = None
    phones: _Entries | None = None
    urls: _Entries | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _more_than_a_name(cls, fields: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return judge(fields, handler, _nothing_but_a_name)
