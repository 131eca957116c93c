"""Which pool children send and which one does upkeep: a place per role, kept by file locks.

Any child may get any task. A place is taken by locking its file, so a child that is killed gives
it back, and a task that finds every place taken ends at once: it was only a wake-up.

The locks are POSIX ones (`lockf`). Those of `flock` go with the open file into a forked child: one
forked while its parent looks for a free place would keep that place for as long as it lives.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Roles"]


class Roles:
    """Places per role, as files in a folder that the worker's processes share."""

    def __init__(self, folder: Path, places: Mapping[str, int]) -> None:
        self._files = {
            role: [folder / f"{role}.{number}" for number in range(count)]
            for role, count in places.items()
        }

    @contextmanager
    def taken(self, role: str) -> Iterator[bool]:
        """Takes a place for the block; False where all are taken."""
        for file in self._files[role]:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if _locked(descriptor):
                    yield True
                    return
            finally:
                os.close(descriptor)
        yield False

    def free(self, role: str) -> bool:
        """Whether a place is free at this moment."""
        with self.taken(role) as free:
            return free


def _locked(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
