"""Fills a private server with messages, through the same script that applications use."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bulkwire.intake import chunks
from bulkwire.states import Channel, Priority
from bulkwire.store.enqueueing import NewRecord, enqueue, register_account
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store

__all__ = ["fill", "sms"]

AT_ONCE: Final = 2_000
SIDE_BY_SIDE: Final = 2
"""While the server works on one pipeline, the next is made."""
TEXT: Final = "x" * 64


def sms(numbers: Iterable[int], *, campaigns: int = 0) -> Iterator[NewRecord]:
    """An SMS of 64 characters to each number, spread over so many campaigns."""
    for number in numbers:
        recipient = f"27{number:09d}"
        yield NewRecord(
            id=f"{number:022d}",
            payload=f'{{"channel":"sms","to":"{recipient}","content":"{TEXT}"}}',
            recipient=recipient,
            channel=Channel.SMS,
            priority=Priority.NORMAL,
            campaign=f"campaign-{number % campaigns}" if campaigns else None,
            fingerprint="f" * 16,
        )


def fill(
    store: Store, keys: Keys, records: Iterable[NewRecord], done: Callable[[int], None]
) -> None:
    """Takes all of them in; tells how many more are `done`, from time to time."""
    store.run(register_account(keys.account))

    def take_in(part: list[NewRecord]) -> int:
        store.run_many([enqueue(keys, record, token=record.id) for record in part])
        return len(part)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        for part in chunks(chunks(records, AT_ONCE), SIDE_BY_SIDE):
            done(sum(threads.map(take_in, part)))
