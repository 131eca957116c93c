"""A server that misbehaves byte by byte, and remembers exactly which bytes it was sent.

It works on blocking sockets in threads of its own, so that what it does depends neither on the
event loop under test nor on an HTTP library.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

__all__ = ["Behaviour", "Connection", "RawServer", "full_backlog"]

PATIENCE_S = 60.0


class Connection:
    """One accepted connection, and what came over it (inside TLS, where there is TLS)."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = b""
        self._consumed = 0
        self.released = threading.Event()
        """Set by the test: a behaviour that waits for it goes on."""
        sock.settimeout(PATIENCE_S)

    @property
    def requests(self) -> int:
        """Request lines seen so far."""
        return self.received.count(b" HTTP/1.1\r\n")

    def read_request(self) -> bytes:
        """Read up to the end of the next request and return it; b"" if the client hung up first."""
        while (end := self._end_of_request()) is None:
            if not self._read():
                return b""
        request = self.received[self._consumed : end]
        self._consumed = end
        return request

    def read_until_hang_up(self) -> None:
        """Take whatever still comes."""
        while self._read():
            pass

    def start_tls(self, certificate: str) -> None:
        """Do the server's side of a handshake; certificate and key stand in one file."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def answer(self, data: bytes) -> None:
        with suppress(OSError):
            self.sock.sendall(data)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.sock.close()

    def _read(self) -> bool:
        try:
            data = self.sock.recv(65536)
        except OSError:
            return False
        self.received += data
        return bool(data)

    def _end_of_request(self) -> int | None:
        head, found, _ = self.received[self._consumed :].partition(b"\r\n\r\n")
        if not found:
            return None
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        end = self._consumed + len(head) + 4 + length
        return end if len(self.received) >= end else None


Behaviour = Callable[[Connection], None]


class RawServer:
    """Listens on loopback while it is open; `behave` runs once for each connection."""

    def __init__(self, behave: Behaviour, *, scheme: str = "http") -> None:
        self.connections: list[Connection] = []
        self._behave = behave
        self._scheme = scheme
        self._closing = threading.Event()
        self._all_accepted = threading.Event()
        self._last: object = None
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def received(self) -> bytes:
        """Every byte of every connection."""
        return b"".join(connection.received for connection in self.connections)

    @property
    def requests(self) -> int:
        return sum(connection.requests for connection in self.connections)

    def settle(self) -> None:
        """Wait until every connection made so far has come to its end: then all is recorded."""
        self._accept_all_so_far()
        for thread in self._threads[1:]:
            thread.join(PATIENCE_S)

    def release(self) -> None:
        """Let every behaviour that waits go on."""
        for connection in self.connections:
            connection.released.set()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.release()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() does not
        self._listener.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _accept_all_so_far(self) -> None:
        # Connections are accepted in their order: once ours is, those before it are.
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            self._all_accepted.clear()
            last.connect(self._listener.getsockname())
            assert self._all_accepted.wait(PATIENCE_S)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, peer = self._listener.accept()
            except OSError:
                return
            if peer == self._last:
                sock.close()
                self._all_accepted.set()
                continue
            connection = Connection(sock)
            self.connections.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: Connection) -> None:
        try:
            # What a client does to us (a reset, a refused handshake) is not this server's failure.
            with suppress(OSError):
                self._behave(connection)
        finally:
            connection.close()


@contextmanager
def full_backlog() -> Iterator[str]:
    """The address of a listener that never accepts: connecting to it hangs."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):  # the kernel drops what comes after these
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"
