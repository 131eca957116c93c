"""What can go wrong with a private server."""

__all__ = ["PrivateServerError"]


class PrivateServerError(RuntimeError):
    """No usable server binary, a data directory in use, or a server that does not come up."""
