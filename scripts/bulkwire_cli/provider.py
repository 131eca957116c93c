"""One account's way to the provider, for commands, and what its refusals mean in words."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import SecretStr

from bulkwire.errors import ConfigurationError
from bulkwire.settings import load_settings
from bulkwire_cli.errors import CommandFailed
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.reading import Answer
from bulkwire_workers.one_api.wire import WireOptions

__all__ = ["ProviderAccess", "ask_provider", "find_access", "in_words", "refusal"]

T = TypeVar("T")

CODES = {
    1: "the key was refused: see BULKWIRE_API_KEY",
    7: "this address is not allowed to use the key: allow it where the key was made",
    23: "a parameter is wrong or missing",
    24: "something is too long",
    31: "the file is too big",
    33: "there is no such file",
    43: "too many requests: try again later",
}
FAULTS = {
    "wrong_hash": "what came has another hash than --sha256 says: check it, or try again",
    "too_large": "what came has no end in sight: see BULKWIRE_API_URL",
    "empty": "an empty answer: see BULKWIRE_API_URL",
    "not_json": "an answer that is none of the One API: see BULKWIRE_API_URL",
    "not_an_object": "an answer that is none of the One API: see BULKWIRE_API_URL",
}


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """An account's address and key."""

    account: str
    api_url: str
    key: SecretStr


def find_access(account: str | None) -> ProviderAccess:
    """The account's, or that of BULKWIRE_ACCOUNT. Raises ConfigurationError, CommandFailed."""
    settings = load_settings(WorkerSettings)
    keys = settings.keys
    if not keys:
        raise ConfigurationError(
            "BULKWIRE_API_KEY is missing: set it in the environment or in .env"
        )
    name = settings.account if account is None else account
    if name not in keys:
        raise CommandFailed(f"no key for account {name} here: there are {', '.join(keys)}")
    return ProviderAccess(name, settings.api_url, keys[name])


def ask_provider(access: ProviderAccess, ask: Callable[[OneApi], Awaitable[T]]) -> T:
    """What `ask` makes of a client of the account. Raises CommandFailed where nobody answers."""

    async def asking() -> T:
        async with OneApi(access.api_url, access.key, options=WireOptions(pools=1)) as api:
            return await ask(api)

    try:
        return asyncio.run(asking())
    except ProviderError as error:
        words = f"no answer ({error.reason}): see BULKWIRE_API_URL and the network"
        raise CommandFailed(words) from None


def refusal(answer: Answer, *, not_found: str) -> CommandFailed:
    """Why an answer is not the one that was asked for. `not_found`: what 404 means here."""
    code = answer.error.code if answer.error else None
    if code is None and 200 <= answer.http_status < 300:
        fault = answer.fault or "empty"
        return CommandFailed(FAULTS.get(fault, f"the answer broke off ({fault}): try again"))
    said = f"HTTP {answer.http_status}" + (f", code {code}" if code is not None else "")
    return CommandFailed(f"{in_words(answer.http_status, code, not_found)} ({said})")


def in_words(http_status: int, code: int | None, not_found: str) -> str:
    """What a refusal means and what to do."""
    if code in CODES:
        return CODES[code]
    if http_status in {401, 403}:
        return CODES[1]
    if http_status == 404:
        return not_found
    if http_status == 429:
        return CODES[43]
    return "the provider failed: try again later" if http_status >= 500 else "refused"
