"""Where something runs for a while: settings and a directory of its own, an empty message store."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis

from bulkwire.errors import ConfigurationError
from bulkwire.settings import PREFIX
from bulkwire.store.redis_errors import mapped_errors
from bulkwire_cli.private_server import start_private_server

__all__ = ["Workspace", "open_workspace", "own_workspace"]

DELETED_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Workspace:
    """A directory and a message store that somebody has for himself."""

    folder: Path
    redis_url: str
    broker_url: str | None
    """None: the default."""


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Takes what the environment says about servers and nothing else; no `.env` is read.

    Without BULKWIRE_REDIS_URL it starts a private server. Raises ConfigurationError where the named
    database is not empty, PrivateServerError, QueueUnavailable.
    """
    redis_url = os.environ.get(f"{PREFIX}REDIS_URL")
    broker_url = os.environ.get(f"{PREFIX}BROKER_URL")
    if not redis_url:
        with own_workspace() as workspace:
            yield workspace
        return
    with _own_folder() as folder, _borrowed_database(redis_url):
        yield Workspace(folder, redis_url, broker_url)


@contextmanager
def own_workspace() -> Iterator[Workspace]:
    """A private server, whatever the environment says. Raises PrivateServerError."""
    with _own_folder() as folder, start_private_server() as server:
        yield Workspace(folder, server.url, None)


@contextmanager
def _own_folder() -> Iterator[Path]:
    """An empty working directory, and an environment without settings of Bulkwire's."""
    before = Path.cwd()
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="bulkwire-") as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


@contextmanager
def _borrowed_database(redis_url: str) -> Iterator[None]:
    """A database that was empty, and is empty again afterwards."""
    with mapped_errors(), redis.Redis.from_url(redis_url, socket_timeout=10) as client:
        if client.dbsize():
            raise ConfigurationError(
                f"{PREFIX}REDIS_URL names a database that is not empty: name an empty one, or "
                "unset it, and a private server is started"
            )
        try:
            yield
        finally:
            keys = client.scan_iter(match="bulkwire:*", count=DELETED_AT_ONCE)
            for key in keys:
                client.unlink(key)
