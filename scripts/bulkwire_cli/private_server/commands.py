"""Does a server program know the commands that Bulkwire builds on? Versions do not tell."""

import tempfile
import time
from pathlib import Path
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bulkwire.store.server import NEEDED_COMMANDS
from bulkwire_cli.private_server.errors import PrivateServerError
from bulkwire_cli.private_server.guarded_process import GuardedProcess, launch

__all__ = ["missing_commands"]

_START_TIMEOUT_S: Final = 60.0
_SHORT_PLACE: Final = "/tmp"  # noqa: S108 - only a directory of our own is made in it
_LONGEST_PLACE: Final = 60
"""A socket's path has room for 104 characters, and directories of temporary files can be deep."""


def missing_commands(binary: Path) -> tuple[str, ...]:
    """Starts the program for a moment, on a socket of its own, and asks COMMAND INFO.

    Raises `PrivateServerError` if it does not come up.
    """
    deep = len(tempfile.gettempdir()) > _LONGEST_PLACE
    place = _SHORT_PLACE if deep else None
    with tempfile.TemporaryDirectory(prefix="bulkwire-probe-", dir=place) as directory:
        socket = Path(directory) / "socket"
        options = ("--port", "0", "--save", "", "--dir", directory, "--unixsocket", socket)
        process = launch((binary, *options), log=Path(directory) / "log")
        try:
            return _ask(socket, process)
        finally:
            process.stop()


def _ask(socket: Path, process: GuardedProcess) -> tuple[str, ...]:
    deadline = time.monotonic() + _START_TIMEOUT_S
    with redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0)) as client:
        while process.is_running() and time.monotonic() < deadline:
            try:
                known = client.execute_command("COMMAND INFO", *NEEDED_COMMANDS)
            except redis.ConnectionError:
                time.sleep(0.02)
                continue
            pairs = zip(NEEDED_COMMANDS, known, strict=True)
            return tuple(name for name, info in pairs if not info)
    message = "the server does not come up"
    raise PrivateServerError(message)
