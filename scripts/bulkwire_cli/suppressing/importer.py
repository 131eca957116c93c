"""Enters a file of numbers into the suppression list, in constant memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bulkwire.errors import InvalidNumber
from bulkwire.phone import normalise
from bulkwire.states import Channel
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.suppression import Recipient, suppress
from bulkwire_cli.importing.records import Reject
from bulkwire_cli.importing.tally import kind_of
from bulkwire_cli.options import PAGE
from bulkwire_cli.suppressing.number_file import Written

__all__ = ["Entered", "enter", "enter_numbers"]


@dataclass(slots=True)
class Entered:
    """Counts of one import. Memory stays the same however long the file is."""

    most_listed: int
    rows: int = 0
    by_row: int = 0
    """Rows that name their channel themselves."""
    added: int = 0
    already_there: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By kind of reason."""
    listed: list[Reject] = field(default_factory=list)
    """The first rejects."""

    @property
    def taken(self) -> int:
        """Rows whose number is on the list now."""
        return self.added + self.already_there


def enter(
    store: Store,
    keys: Keys,
    channels: Sequence[Channel],
    read: Iterable[Written | Reject],
    *,
    region: str | None,
    entered: Entered,
    tell: Callable[[Reject], None] | None,
) -> None:
    """Enters what can be read as a number, 250 at a time; running it again adds nothing twice.

    `channels` are for rows that name none.
    `entered` is the caller's, so that it holds what was done also where this is interrupted;
    `tell`, if any, gets each reject. Raises StoreError.
    """
    good = _good(read, region, entered, tell)
    people = ((number, named or channels) for number, named in good)
    while some := list(islice(people, PAGE)):
        new = _enter(store, keys, some)
        entered.added += sum(new)
        entered.already_there += len(some) - sum(new)


def enter_numbers(
    store: Store, keys: Keys, channels: Sequence[Channel], numbers: Sequence[str]
) -> list[bool]:
    """Enters at most 250 numbers; answers for each whether it is new on one of the channels."""
    return _enter(store, keys, [(number, channels) for number in numbers])


def _enter(store: Store, keys: Keys, people: Sequence[tuple[str, Sequence[Channel]]]) -> list[bool]:
    calls = [
        suppress(keys, [Recipient(channel, number) for channel in channels])
        for number, channels in people
    ]
    return [added > 0 for added in store.run_many(calls)]


def _good(
    read: Iterable[Written | Reject],
    region: str | None,
    entered: Entered,
    tell: Callable[[Reject], None] | None,
) -> Iterator[tuple[str, Sequence[Channel] | None]]:
    """Numbers, and the channels that their rows name."""
    for one in read:
        entered.rows += 1
        try:
            if isinstance(one, Written):
                number = normalise(one.text, region)
                entered.by_row += one.channels is not None
                yield number, one.channels
                continue
            reject = one
        except InvalidNumber as error:
            reject = Reject(one.line, one.column, str(error.as_fault("the number")))
        entered.rejected[kind_of(reject.reason)] += 1
        if len(entered.listed) < entered.most_listed:
            entered.listed.append(reject)
        if tell is not None:
            tell(reject)
