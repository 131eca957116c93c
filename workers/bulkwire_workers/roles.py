"""Which pool children send and which one does upkeep: a place per role, kept by locks.

Any child may get any task. A place is a byte of a nameless file that is open in all processes of
the worker, and is taken by locking it. So a child that is killed gives it back, a task that finds
every place taken ends at once (it was only a wake-up), and no cleaner of temporary files can get
at it.

The locks are POSIX ones (`lockf`). Those of `flock` go with the open file into a forked child: one
forked while its parent looks for a free place would keep that place for as long as it lives.
"""

import fcntl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["Roles"]


class Roles:
    """Places per role. Make it before the fork."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the worker runs
        numbers = iter(range(sum(places.values())))
        self._places = {role: [next(numbers) for _ in range(n)] for role, n in places.items()}

    @contextmanager
    def taken(self, role: str) -> Iterator[bool]:
        """Takes a place for the block; False where all are taken.

        Once at a time in each process: what a process holds, it could take again.
        """
        for place in self._places[role]:
            if self._lock(place):
                try:
                    yield True
                finally:
                    fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)
                return
        yield False

    def free(self, role: str) -> bool:
        """Whether a place is free at this moment."""
        with self.taken(role) as free:
            return free

    def _lock(self, place: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        return True
