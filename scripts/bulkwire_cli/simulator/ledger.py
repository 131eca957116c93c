"""What recipients really got: every accepted message, whether or not its answer arrived."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bulkwire_cli.simulator.courses import Course, fails, status_at

__all__ = ["Ledger", "Recipient", "Record"]


class Record:
    """One accepted message. Times are ms since the epoch."""

    __slots__ = (
        "accepted_at",
        "account",
        "answered",
        "api_id",
        "channel",
        "client_id",
        "content",
        "course",
        "file_id",
        "to",
    )

    def __init__(
        self,
        *,
        api_id: str,
        client_id: str | None,
        to: str,
        channel: str,
        content: str | None,
        file_id: str | None,
        accepted_at: int,
        course: Course,
        account: str,
    ) -> None:
        self.api_id = api_id
        self.client_id = client_id
        self.to = to
        self.channel = channel
        self.content = content
        self.file_id = file_id
        self.accepted_at = accepted_at
        self.course = course
        self.account = account
        self.answered = False

    def status(self, now_ms: int) -> tuple[str, int]:
        """The status now, and when it began (ms since the epoch)."""
        name, since = status_at(self.course, now_ms - self.accepted_at)
        return name, self.accepted_at + int(since)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One number on one channel, as one account reached it."""

    account: str
    channel: str
    to: str
    accepted: int
    """Messages taken in."""
    received: int
    """Messages taken in whose course does not end in a failure."""


class Ledger:
    """All accepted messages, by id and counted by recipient."""

    __slots__ = ("_counts", "_uncounted", "records")

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        # Recipients are counted when somebody asks: taking messages in is the hot path.
        self._uncounted: list[Record] = []
        self._counts: dict[tuple[str, str, str], tuple[int, int]] = {}

    def add(self, record: Record) -> None:
        """Enter an accepted message."""
        self.records[record.api_id] = record
        self._uncounted.append(record)

    def recipients(self, at_least: int = 1) -> Iterator[Recipient]:
        """Recipients that `received` at least so many; with 0 also those that failed."""
        for (account, channel, to), (accepted, received) in list(self._counted().items()):
            if received >= at_least:
                yield Recipient(account, channel, to, accepted, received)

    def count(self, at_least: int = 1) -> int:
        """How many recipients received at least so many."""
        return sum(1 for _, received in self._counted().values() if received >= at_least)

    def recipients_seen(self) -> int:
        """How many recipients a message was accepted for."""
        return len(self._counted())

    def statuses(self, now_ms: int) -> Counter[str]:
        """Messages by status now."""
        return Counter(record.status(now_ms)[0] for record in self.records.values())

    def _counted(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        """(account, channel, number) → accepted, received; everything so far."""
        counts = self._counts
        for record in self._uncounted:
            recipient = (record.account, record.channel, record.to)
            accepted, received = counts.get(recipient, (0, 0))
            arrives = 0 if fails(record.course.final) else 1
            counts[recipient] = (accepted + 1, received + arrives)
        self._uncounted.clear()
        return counts
