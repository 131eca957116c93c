"""Whether this worker is shutting down, as the parent process and its children share it."""

from typing import Protocol

__all__ = ["Stopping"]


class Stopping(Protocol):
    """An event; the parent sets it on SIGTERM and children look."""

    def is_set(self) -> bool:
        """Whether to start nothing new."""
        ...

    def set(self) -> None:
        """Says so."""
        ...
