"""How a command says that it could not do what was asked."""

from bulkwire.errors import BulkwireError

__all__ = ["BadInput", "CommandFailed"]


class CommandFailed(BulkwireError):
    """The text says what is wrong and what to do; it becomes a line on standard error, exit 1."""


class BadInput(CommandFailed):
    """The same of what the caller gave: a file that can't be read, or written to; exit 2."""
