"""Where a private server keeps its data: one server at a time, temporary unless named."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bulkwire_cli.private_server.errors import PrivateServerError

__all__ = ["DataDir", "open_data_dir"]


@dataclass(frozen=True, slots=True)
class DataDir:
    """A directory that belongs to one server as long as `lock` (a file descriptor) is open."""

    path: Path
    lock: int
    """Hand it to the server: then the directory stays locked until the server has ended, too."""
    temporary: bool


@contextlib.contextmanager
def open_data_dir(path: Path | None) -> Iterator[DataDir]:
    """Makes and locks `path`, or a temporary directory that is removed at the end.

    Raises `PrivateServerError` if another server has it.
    """
    owner = os.getpid()
    temporary = path is None
    directory = Path(tempfile.mkdtemp(prefix="bulkwire-server-")) if path is None else path
    directory.mkdir(parents=True, exist_ok=True)
    lock = os.open(directory, os.O_RDONLY)
    try:
        _lock(lock, directory)
        yield DataDir(directory.resolve(), lock, temporary)
    finally:
        # A forked child leaves this block, too; lock and directory are its parent's.
        if os.getpid() == owner:
            # Closing is not enough: a process killed just now may not have closed its copy yet.
            fcntl.flock(lock, fcntl.LOCK_UN)
            if temporary:
                shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _lock(lock: int, directory: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = (
            f"{directory} belongs to a private server that still runs: end it, or name another."
        )
        raise PrivateServerError(message) from None
