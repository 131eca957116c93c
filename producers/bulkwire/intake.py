"""From messages to calls of the store, and from its answers to results. Pure."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from bulkwire.errors import InvalidMessage, QueueFull, QueueUnavailable
from bulkwire.fullness import SHARE
from bulkwire.message import EnqueueResult, Message, fingerprint, to_wire
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
]

T = TypeVar("T")


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
        send_at_ms=None if message.send_at is None else round(message.send_at.timestamp() * 1000),
        validity_ms=None if minutes is None else minutes * 60_000,
        on_doubt=message.on_doubt,
        ignore_suppression=message.ignore_suppression,
    )


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


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` items, taken as they come."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


async def achunks(items: Iterable[T] | AsyncIterable[T], size: int) -> AsyncIterator[list[T]]:
    """`chunks`, also of an async iterable."""
    if isinstance(items, AsyncIterable):
        chunk: list[T] = []
        async for item in items:
            chunk.append(item)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
    else:
        for chunk in chunks(items, size):
            yield chunk


def at_position(error: InvalidMessage, position: int) -> InvalidMessage:
    """The same faults, each naming which message of the iterable has it (from 0)."""
    return InvalidMessage(
        replace(fault, path=f"[{position}].{fault.path}") for fault in error.faults
    )
