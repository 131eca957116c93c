"""The errors Bulkwire raises, in one tree.

BulkwireError
├── InvalidMessage (also a ValueError)      every fault of one message at once
├── InvalidNumber (also a ValueError)       one phone number that cannot be one
├── ConfigurationError                      a setting is missing or wrong
└── StoreError                              the message store could not do what was asked
    ├── UnknownMessage (also a LookupError)
    ├── NotPermitted                        the user of the server lacks a right
    ├── WrongType                           a key holds what Bulkwire never wrote there
    ├── QueueFull                           nothing was taken in
    └── QueueUnavailable                    no answer in time; something may have been taken in

No text of theirs holds a phone number, the text of a message or a key. That the same id came
again with another payload is not an error: `EnqueueResult.conflict` says it, so that a bulk
enqueue goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "BulkwireError",
    "ConfigurationError",
    "Fault",
    "InvalidMessage",
    "InvalidNumber",
    "NotPermitted",
    "QueueFull",
    "QueueUnavailable",
    "StoreError",
    "UnknownMessage",
    "WrongType",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input, and what to do about it."""

    path: str
    """The field, dotted where it is nested: `contacts[0].name`. Empty: the whole of it."""
    problem: str
    """Reads on from the path: "is empty", "is not one of sms, whatsapp"."""
    remedy: str | None = None

    def __str__(self) -> str:
        text = f"{self.path} {self.problem}" if self.path else self.problem
        return f"{text}: {self.remedy}" if self.remedy else text


class BulkwireError(Exception):
    """The root of everything Bulkwire raises on purpose."""


class InvalidMessage(BulkwireError, ValueError):
    """A message that cannot be sent as it is. The text has one fault a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class InvalidNumber(BulkwireError, ValueError):
    """Text that cannot be read as one phone number. Doesn't quote it."""

    def __init__(self, problem: str, remedy: str | None = None) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(problem, remedy)

    def __str__(self) -> str:
        return str(self.as_fault("number"))

    def as_fault(self, path: str) -> Fault:
        return Fault(path, self.problem, self.remedy)


class ConfigurationError(BulkwireError):
    """A setting is missing or wrong. The text names it, one a line, and never its value."""


class StoreError(BulkwireError):
    """The message store could not do what was asked."""


class UnknownMessage(StoreError, LookupError):
    """The account has no message of this id, or its record was archived."""

    def __init__(self, message_id: str, account: str = "default") -> None:
        self.id = message_id
        self.account = account
        super().__init__(message_id, account)

    def __str__(self) -> str:
        return f"account {self.account} has no message {self.id}"


class NotPermitted(StoreError):
    """The user of BULKWIRE_REDIS_URL lacks a right, be it for one account's keys alone."""


class WrongType(StoreError):
    """A key is of another type than Bulkwire makes it: `bulkwire audit` names it."""


class QueueFull(StoreError):
    """The quota or the server's memory is used up. None of `ids` was taken in."""

    def __init__(self, reason: str, *, ids: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.ids: tuple[str, ...] = tuple(ids)


class QueueUnavailable(StoreError):
    """The message store gave no answer in time.

    `ids` are those without an answer. Where `maybe_enqueued` is true, they may have been taken in
    all the same: enqueue them again under the same ids, which adds nothing twice.
    """

    def __init__(
        self, reason: str, *, ids: Iterable[str] = (), maybe_enqueued: bool = False
    ) -> None:
        super().__init__(reason)
        self.ids: tuple[str, ...] = tuple(ids)
        self.maybe_enqueued = maybe_enqueued
