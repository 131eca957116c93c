"""Rounds over the accounts, in which one account's trouble stays its own."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

import structlog

from bulkwire.errors import QueueUnavailable, StoreError

__all__ = ["HasAccount", "for_each_account"]


class HasAccount(Protocol):
    """Something that belongs to one account: its keys, its line to the provider."""

    @property
    def account(self) -> str:
        """The account's name."""
        ...


A = TypeVar("A", bound=HasAccount)
T = TypeVar("T")


async def for_each_account(accounts: Iterable[A], work: Callable[[A], Awaitable[T]]) -> list[T]:
    """What `work` answers, account by account. One where the store refuses it is left out.

    Raises QueueUnavailable: a store that is away is away for all.
    """
    answers: list[T] = []
    for one in accounts:
        try:
            answers.append(await work(one))
        except QueueUnavailable:
            raise
        except StoreError as error:
            log = structlog.get_logger("bulkwire.accounts")
            log.error("account_left_out", account=one.account, error=str(error))
    return answers
