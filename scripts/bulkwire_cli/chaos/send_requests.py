"""Reads along what goes to the provider: which messages a send request carries. Pure."""

import re
from typing import Final

__all__ = ["SendRequests"]

_SEND: Final = b"POST /v1/message "
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_ID: Final = re.compile(rb'"clientMessageId": ?"([^"]+)"')
_END: Final = b"\r\n\r\n"


class SendRequests:
    """The requests of one connection, one after the other: HTTP/1.1 without pipelining."""

    def __init__(self) -> None:
        self._read = bytearray()

    @property
    def is_send(self) -> bool:
        """Whether the request that is under way sends messages."""
        return self._read.startswith(_SEND)

    @property
    def complete(self) -> bool:
        """Whether the request under way was read to its end."""
        head, end, body = self._read.partition(_END)
        length = _LENGTH.search(head + b"\r\n")
        return bool(end) and len(body) >= (int(length[1]) if length else 0)

    def feed(self, data: bytes) -> None:
        """More of what the client writes."""
        self._read += data

    def answered(self) -> None:
        """The answer begins: what the client writes next is another request."""
        self._read.clear()

    def ids(self) -> frozenset[str]:
        """The `clientMessageId`s of the request under way; none where it sends no messages."""
        found = _ID.findall(self._read) if self.is_send else ()
        return frozenset(one.decode() for one in found)
