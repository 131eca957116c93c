"""Reads that go on where a key is of another type: `unreadable.py` names such keys."""

from collections.abc import Sequence
from typing import TypeVar

from bulkwire.errors import WrongType
from bulkwire.store.call import Call
from bulkwire.store.runner import Store

__all__ = ["read_all_or", "read_or"]

T = TypeVar("T")
E = TypeVar("E")


def read_or(store: Store, call: Call[T], otherwise: E) -> T | E:
    """What the call answers; `otherwise` where a key that it reads is of another type."""
    return read_all_or(store, [call], otherwise)[0]


def read_all_or(store: Store, calls: Sequence[Call[T]], otherwise: E) -> list[T | E]:
    """The same of several calls in one pipeline. Raises StoreError for any other reason."""
    answers: list[T | E] = []
    for answer in store.try_many(calls):
        if isinstance(answer, WrongType):
            answers.append(otherwise)
        elif isinstance(answer, Exception):
            raise answer
        else:
            answers.append(answer)
    return answers
