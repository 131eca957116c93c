"""What can be wrong in the store, each with the name of what it is wrong with."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Fault", "Progress", "Subject"]

Progress: TypeAlias = Callable[[int, int], None]
"""Pages checked and pages there are."""


class Subject(StrEnum):
    """What is wrong."""

    MESSAGE = "message"
    """It stands where its record doesn't belong, or nowhere."""
    LOST = "lost"
    """A message that was taken in and has no record: nothing can bring it back."""
    ENTRY = "entry"
    """An index names a message that doesn't belong there."""
    BATCH = "batch"
    READY_LIST = "ready list"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks the promise, and how."""

    id: str
    """The message; or the batch, the ready list (`normal:sms:spring`), the page (`c:spring/0`)."""
    what: str
    subject: Subject = Subject.MESSAGE
    place: str = ""
    """Of a lost message, its page (`c:spring/0`); of an entry, its index (`dead`)."""
