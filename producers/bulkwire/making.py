"""From what an application gives to a message that is ready to be enqueued."""

from collections.abc import Mapping
from typing import Any, Final

from bulkwire.errors import Fault, InvalidMessage, InvalidNumber
from bulkwire.message import Message
from bulkwire.phone import normalise

__all__ = ["make_message"]

_NAMELESS: Final = Fault("", "has a field whose name is not text", "name its fields by strings")


def make_message(
    source: Message | Mapping[str, Any], *, default_region: str | None = None
) -> Message:
    """A message ready to be enqueued: every field checked, `to` normalised.

    `source` is a message or its fields; `default_region` (two letters) is where local numbers
    are. Raises InvalidMessage with every fault at once.
    """
    if isinstance(source, Message):
        number, faults = _number(source.to, default_region)
        if faults:
            raise InvalidMessage(faults)
        return source.model_copy(update={"to": number})
    fields = {name: value for name, value in source.items() if isinstance(name, str)}
    number, faults = _number(fields.get("to"), default_region)
    if len(fields) < len(source):
        faults = (_NAMELESS, *faults)
    if number is not None:
        fields["to"] = number
    try:
        message = Message(**fields)
    except InvalidMessage as error:
        raise InvalidMessage((*faults, *error.faults)) from None
    if faults:
        raise InvalidMessage(faults)
    return message


def _number(written: object, region: str | None) -> tuple[str | None, tuple[Fault, ...]]:
    if not isinstance(written, str):
        return None, ()  # the model says what is wrong with it
    try:
        return normalise(written, region), ()
    except InvalidNumber as error:
        return None, (error.as_fault("to"),)
