"""Whether this worker is shutting down, as the parent process and its children share it."""

import mmap

__all__ = ["Stopping"]

RUNNING, STOPPING = 0, 1


class Stopping:
    """One byte of memory shared over the fork: the parent sets it on SIGTERM, the children look.

    No `multiprocessing.Event`: a child that is killed while it looks would keep its lock for ever.
    """

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)
        self._byte[0] = RUNNING

    def is_set(self) -> bool:
        """Whether to start nothing new."""
        return self._byte[0] == STOPPING

    def set(self) -> None:
        """Says so, to every process."""
        self._byte[0] = STOPPING
