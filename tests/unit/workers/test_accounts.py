"""One account's trouble stays its own; a store that is away is away for all."""

import pytest

from bulkwire.errors import QueueUnavailable, StoreError
from bulkwire.store.keys import Keys
from bulkwire_workers.accounts import for_each_account

ACCOUNTS = [Keys("first"), Keys("second"), Keys("third")]


async def test_an_account_that_the_store_refuses_is_left_out_and_the_others_are_served() -> None:
    async def work(keys: Keys) -> str:
        if keys.account == "second":
            raise StoreError("refused")
        return keys.account

    assert await for_each_account(ACCOUNTS, work) == ["first", "third"]


async def test_a_store_that_is_away_ends_the_round() -> None:
    asked = []

    async def work(keys: Keys) -> None:
        asked.append(keys.account)
        raise QueueUnavailable("away")

    with pytest.raises(QueueUnavailable):
        await for_each_account(ACCOUNTS, work)
    assert asked == ["first"]
