"""Asks the provider for the balance of accounts, side by side."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import SecretStr

from bulkwire_workers.one_api.answers import Balance
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.wire import WireOptions

__all__ = ["AccountBalance", "ask_balances"]

READ_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What the provider said about one account: an amount, or a problem and its remedy."""

    account: str
    amount: Decimal | None = None
    currency: str | None = None
    problem: str | None = None


def ask_balances(api_url: str, keys: Mapping[str, SecretStr]) -> list[AccountBalance]:
    """`/v1/balance` of each account, in the order of `keys`. Never raises for what it meets."""

    async def ask_all() -> list[AccountBalance]:
        return list(await asyncio.gather(*(_ask(api_url, *item) for item in keys.items())))

    return asyncio.run(ask_all())


async def _ask(api_url: str, account: str, key: SecretStr) -> AccountBalance:
    try:
        options = WireOptions(read_timeout_s=READ_TIMEOUT_S)
        async with OneApi(api_url, key, options=options) as api:
            answer = await api.balance()
    except ValueError as error:
        return AccountBalance(account, problem=f"{error}: see BULKWIRE_API_URL")
    except ProviderError as error:
        return AccountBalance(
            account, problem=f"no answer ({error.reason}): see BULKWIRE_API_URL and the network"
        )
    if answer.http_status == 200 and answer.amount is not None:
        return AccountBalance(account, answer.amount, answer.currency)
    return AccountBalance(account, problem=_refusal(answer))


def _refusal(answer: Balance) -> str:
    code = f", code {answer.error.code}" if answer.error and answer.error.code is not None else ""
    said = f"HTTP {answer.http_status}{code}"
    if answer.http_status in {401, 403}:
        return f"the key was refused ({said}): see BULKWIRE_API_KEY, and the allowed addresses"
    if answer.http_status == 404:
        return f"no such account there ({said}): see BULKWIRE_API_URL and BULKWIRE_API_KEY"
    return f"no balance in the answer ({said}): try again later"
