"""What an operator's command works with: the settings, the store, the log of who did what."""

import os
import pwd
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import typer

from bulkwire.errors import BulkwireError, QueueUnavailable
from bulkwire.ids import NAME_RULE, is_name
from bulkwire.settings import load_settings
from bulkwire.store.enqueueing import count_wake_failure, raise_wake_flag
from bulkwire.store.keys import Keys
from bulkwire.store.operator_log import note_action
from bulkwire.store.record import read_accounts
from bulkwire.store.runner import Store
from bulkwire.waking import Waker
from bulkwire_cli.errors import CommandFailed
from bulkwire_config.settings import WorkerSettings

__all__ = ["Session", "explained", "open_session", "server_address", "without_numbers"]

# An operator's pipelines are larger than a producer's, and nobody's request waits for them.
REPLY_TIMEOUT_S: Final = 10.0
LEAST_DIGITS: Final = 9  # a date has eight
_NUMBER: Final = re.compile(r"(?<!\w)\+?\d[\d ().-]{5,}\d(?!\w)")


@dataclass(frozen=True, slots=True)
class Session:
    """One command's connection to the store."""

    settings: WorkerSettings
    store: Store

    def accounts(self) -> list[str]:
        """Every account there is: those that enqueued, and those that the settings name."""
        named = {self.settings.account, *self.settings.keys}
        return sorted({*self.store.run(read_accounts()), *named})

    def keys(self, account: str | None) -> Keys:
        """The keys of an account that there is. Raises CommandFailed, BadParameter."""
        name = self.settings.account if account is None else account
        if not is_name(name):
            raise typer.BadParameter(NAME_RULE, param_hint="--account")
        # A typing error must not look like an account where all is well.
        if account is not None and name not in (known := self.accounts()):
            raise CommandFailed(f"there is no account {name}: there are {', '.join(known)}")
        return Keys(name)

    def keys_of_all(self, account: str | None) -> list[Keys]:
        """The keys of one account, or of all."""
        return [Keys(name) for name in self.accounts()] if account is None else [self.keys(account)]

    def wake_workers(self) -> None:
        """Tells workers that there is work. Where the broker is away they find it themselves."""
        if self.store.run(raise_wake_flag()):
            waker = Waker(self.settings.broker_url)
            if not waker.wake():
                self.store.run(count_wake_failure())
            waker.close()

    def note(self, keys: Keys, action: str, **details: object) -> None:
        """Writes down what the operator does."""
        words = {name: without_numbers(str(value)) for name, value in details.items() if value}
        self.store.run(note_action(keys, self.who(), action, words))

    @staticmethod
    def who() -> str:
        """Who runs this command: user@host."""
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container's user need not have a name
            user = f"uid{os.getuid()}"
        return f"{user}@{socket.gethostname()}"


@contextmanager
def open_session() -> Iterator[Session]:
    """A session with the settings of the environment. Raises ConfigurationError."""
    settings = load_settings(WorkerSettings)
    with Store(settings.redis_url, reply_timeout_s=REPLY_TIMEOUT_S) as store:
        yield Session(settings, store)


def server_address(redis_url: str) -> str:
    """Where a server is, without the password that its URL may hold."""
    parts = urlsplit(redis_url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"


def explained(error: BulkwireError, redis_url: str) -> str:
    """What the error says; where Redis is away, with its address and what to look at."""
    if not isinstance(error, QueueUnavailable):
        return str(error)
    remedy = "is it running, and is BULKWIRE_REDIS_URL right?"
    return f"{error}: {server_address(redis_url)}: {remedy}"


def without_numbers(text: str) -> str:
    """The text with what may be a phone number left out: the log is not for those."""

    def shown(found: re.Match[str]) -> str:
        digits = sum(char.isdigit() for char in found[0])
        return "(number)" if digits >= LEAST_DIGITS else found[0]

    return _NUMBER.sub(shown, text)
