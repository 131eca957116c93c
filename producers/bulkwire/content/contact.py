"""A contact card."""

import re
from datetime import date
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from bulkwire.content.base import Content, Several
from bulkwire.faults import problem

__all__ = ["Contact"]

_Value = Annotated[str, Field(strict=True)]
_Entry = dict[_Value, _Value]
"""Free fields by name, as WhatsApp's cards have them: `{"phone": "+27…", "type": "CELL"}`."""
_Entries = Annotated[Several[_Entry], Field(min_length=1)]
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


class Contact(Content):
    """WhatsApp only. The provider's `WhatsAppContact`: a name and at least one thing more."""

    addresses: _Entries | None = None
    birthday: Annotated[date, Field(strict=True), BeforeValidator(_read_day)] | None = None
    """Written `YYYY-MM-DD`."""
    emails: _Entries | None = None
    name: _Entry
    """Such as `{"formatted_name": "Thandi M", "first_name": "Thandi"}`."""
    org: _Entry | None = None
    phones: _Entries | None = None
    urls: _Entries | None = None

    @model_validator(mode="after")
    def _more_than_a_name(self) -> Self:
        others = (self.addresses, self.birthday, self.emails, self.org, self.phones, self.urls)
        if all(other is None for other in others):
            raise problem("has nothing but a name", "give it a phone, an email or another detail")
        return self
