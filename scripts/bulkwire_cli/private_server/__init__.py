"""A private, real Redis-compatible server: for tests, demo and benchmarks, never production."""

from bulkwire_cli.private_server.binary import find_binary
from bulkwire_cli.private_server.errors import PrivateServerError
from bulkwire_cli.private_server.server import PrivateServer, start_private_server

__all__ = ["PrivateServer", "PrivateServerError", "find_binary", "start_private_server"]
