"""How a command says that it could not do what was asked."""

from bulkwire.errors import BulkwireError

__all__ = ["CommandFailed"]


class CommandFailed(BulkwireError):
    """The text says what is wrong and what to do; it becomes a line on standard error, exit 1."""
