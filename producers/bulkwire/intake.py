"""From messages to calls of the store, and from its answers to results. Pure."""

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bulkwire.backpressure import SHARE
from bulkwire.errors import InvalidMessage, QueueFull, QueueUnavailable
from bulkwire.message import EnqueueResult, Message, fingerprint, to_wire
from bulkwire.rules import is_plain_text
from bulkwire.store.call import Call
from bulkwire.store.enqueueing import (
    Enqueued,
    NewRecord,
    enqueue,
    raise_wake_flag,
    register_account,
)
from bulkwire.store.keys import Keys

__all__ = [
    "Answered",
    "achunks",
    "answered",
    "at_position",
    "chunks",
    "enqueue_calls",
    "unavailable",
    "weight",
]

T = TypeVar("T")
Weigh: TypeAlias = Callable[[T], int]

HEAVY: Final = 4_000_000
"""Characters that make a chunk full: what is in memory several times on its way out,
and what a server takes in well within the time that it has to answer."""


def weightless(_: object) -> int:
    """For items of which any number fits."""
    return 0


def enqueue_calls(
    messages: Sequence[Message], *, token: str, queue_limit: int
) -> list[Call[Enqueued | bool | None]]:
    """One pipeline: the accounts, the messages in their order, and the wake-up's flag last."""
    accounts = sorted({message.account for message in messages})
    enqueues = (
        enqueue(
            Keys(message.account),
            _record(message),
            token=f"{token}{number}",
            quota=int(queue_limit * SHARE[message.priority]),
        )
        for number, message in enumerate(messages)
    )
    return [*map(register_account, accounts), *enqueues, raise_wake_flag()]


def _record(message: Message) -> NewRecord:
    minutes = message.validity_period
    return NewRecord(
        id=message.id,
        payload=to_wire(message),
        recipient=message.to,
        channel=message.channel,
        priority=message.priority,
        campaign=message.campaign,
        fingerprint=fingerprint(message),
        send_at_ms=_milliseconds(message.send_at),
        deliver_at_ms=_milliseconds(message.scheduled_delivery_time),
        validity_ms=None if minutes is None else minutes * 60_000,
        on_doubt=message.on_doubt,
        ignore_suppression=message.ignore_suppression,
    )


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Answered:
    """Results of a chunk, in order; the error that kept the others out; whether to wake workers."""

    results: tuple[EnqueueResult, ...]
    error: Exception | None = None
    wake: bool = False


def answered(
    messages: Sequence[Message], answers: Sequence[Enqueued | bool | Exception | None]
) -> Answered:
    """Sorts what the pipeline of `enqueue_calls` answered. An error names the ids it kept out."""
    enqueued = answers[-1 - len(messages) : -1]
    results: list[EnqueueResult] = []
    failed: list[str] = []
    error: Exception | None = None
    for message, answer in zip(messages, enqueued, strict=True):
        if isinstance(answer, Enqueued):
            result = EnqueueResult(
                message.id, answer.created, answer.state, conflict=answer.conflict
            )
            results.append(result)
        elif isinstance(answer, Exception):
            failed.append(message.id)
            error = error or answer
    return Answered(tuple(results), _naming(error, failed), wake=answers[-1] is True)


def _naming(error: Exception | None, ids: Sequence[str]) -> Exception | None:
    if isinstance(error, QueueFull):
        return QueueFull(str(error), ids=ids)
    if isinstance(error, QueueUnavailable):
        return QueueUnavailable(str(error), ids=ids, maybe_enqueued=False)
    return error


def unavailable(error: QueueUnavailable, messages: Sequence[Message]) -> QueueUnavailable:
    """The same trouble, naming the messages that it left without an answer."""
    ids = [message.id for message in messages]
    return QueueUnavailable(str(error), ids=ids, maybe_enqueued=error.maybe_enqueued)


def chunks(items: Iterable[T], size: int, weigh: Weigh[T] = weightless) -> Iterator[list[T]]:
    """Lists of up to `size` items, taken as they come, shorter where items are heavy."""
    filling = _Filling(size, weigh)
    for item in items:
        if filling.takes_last(item):
            yield filling.empty()
    if filling.items:
        yield filling.empty()


async def achunks(
    items: Iterable[T] | AsyncIterable[T], size: int, weigh: Weigh[T] = weightless
) -> AsyncIterator[list[T]]:
    """`chunks`, also of an async iterable."""
    if not isinstance(items, AsyncIterable):
        for chunk in chunks(items, size, weigh):
            yield chunk
        return
    filling = _Filling(size, weigh)
    async for item in items:
        if filling.takes_last(item):
            yield filling.empty()
    if filling.items:
        yield filling.empty()


def weight(message: object) -> int:
    """About how many characters a message comes to, or its fields do: texts, and one for each part.

    Nothing is written out for it, and what already fills a chunk is not counted to its end.
    """
    if isinstance(message, Message) and is_plain_text(message):
        return len(message.content or "")
    total = 0
    parts = [message]
    while parts and total < HEAVY:
        part = parts.pop()
        if isinstance(part, str):
            total += len(part)
            continue
        inside = _parts_of(part)
        total += len(inside)
        if total < HEAVY:
            parts += inside
    return total


def _parts_of(value: object) -> Collection[object]:
    if value is None or isinstance(value, bytes | bytearray):
        return ()
    if isinstance(value, Mapping):
        return (*value, *value.values())
    if isinstance(value, BaseModel):
        return value.__dict__.values()
    return value if isinstance(value, Sequence) else ()


@dataclass(slots=True)
class _Filling(Generic[T]):
    """A chunk that is being filled."""

    size: int
    weigh: Weigh[T]
    items: list[T] = field(default_factory=list)
    weight: int = 0

    def takes_last(self, item: T) -> bool:
        """Takes an item; whether it was the last that there is room for."""
        self.items.append(item)
        self.weight += self.weigh(item)
        return len(self.items) >= self.size or self.weight >= HEAVY

    def empty(self) -> list[T]:
        full, self.items, self.weight = self.items, [], 0
        return full


def at_position(error: InvalidMessage, position: int) -> InvalidMessage:
    """The same faults, each naming which message of the iterable has it (from 0)."""
    place = f"[{position}]"
    return InvalidMessage(
        replace(fault, path=f"{place}.{fault.path}" if fault.path else place)
        for fault in error.faults
    )
