"""What can be wrong in the store, each with the name of what it is wrong with."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

__all__ = ["Fault", "Progress", "Subject", "of_message"]

Progress: TypeAlias = Callable[[int, int], None]
"""Pages checked and pages there are."""
BROKEN: Final = "its record "
"""How `record.lua` begins, where it says what is wrong with a record itself."""


class Subject(StrEnum):
    """What is wrong."""

    MESSAGE = "message"
    """It stands where its record doesn't belong, or nowhere."""
    RECORD = "record"
    """A message whose record is broken: nobody moves it, and nobody guesses what it said."""
    LOST = "lost"
    """A message that was taken in and has no record: nothing can bring it back."""
    ENTRY = "entry"
    """An index names a message that doesn't belong there."""
    BATCH = "batch"
    READY_LIST = "ready list"
    PAGE = "page"
    COUNT = "count"
    HOLD = "hold"
    KEY = "key"
    """It is of another type than Bulkwire makes it: nothing can be said of what stood there."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks the promise, and how."""

    id: str
    """The message; or the batch, the ready list (`normal:sms:spring`), the page (`c:spring/0`), the
    count (`dead`, `spring/dead`), the hold (`rate`), the key (`due:normal`)."""
    what: str
    subject: Subject = Subject.MESSAGE
    place: str = ""
    """Of a lost message, its page (`c:spring/0`); of an entry, its index (`dead`); of a ready list
    or a count, its campaign."""


def of_message(message_id: str, what: str) -> Fault:
    """What the scripts that judge records say of one."""
    broken = what.startswith(BROKEN)
    return Fault(message_id, what, Subject.RECORD if broken else Subject.MESSAGE)
