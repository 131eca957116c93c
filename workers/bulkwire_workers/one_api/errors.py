"""Everything that can keep a request from being answered, as one tree.

ProviderError
├── NotSent                 surely not sent: it failed before the first byte of the request
│   ├── ConnectFailed         no connection: refused, unknown name, TLS, timeout
│   ├── PoolExhausted         all our connections stayed busy
│   ├── NotYetKnown           another request goes first, to see who answers
│   ├── Fenced                the lease's deadline had passed, so the request was held back
│   ├── WrongAddress          what answers there is not the One API, so the request was held back
│   ├── Unaddressable         no address can hold the id that was asked for
│   └── Misconfigured         the request can't be built or addressed at all
├── MayHaveLeft             the request had started: it may have arrived and been acted on
│   ├── WriteFailed           the connection broke or stalled while we wrote
│   ├── ReadFailed            reset, closed or silent before the answer
│   └── AnswerGarbled         what came back is not HTTP, or not decodable
└── Cancelled               our own side stopped waiting; it may have left if it had started

Each leaf says for itself whether a retry is worth it, whether the request may have left and
whether the fault concerns the whole account. `in_our_words` is the only place where foreign
exceptions turn into these. Their texts never get in: an httpx error can quote a header, and so
the API key.
"""

import socket
import ssl
import sys
from collections.abc import Awaitable, Iterator
from typing import ClassVar, Final, TypeVar

import h11
import httpx

from bulkwire_workers.one_api.departure import Departure, HeldBack

__all__ = [
    "AnswerGarbled",
    "Cancelled",
    "ConnectFailed",
    "Fenced",
    "MayHaveLeft",
    "Misconfigured",
    "NotSent",
    "NotYetKnown",
    "PoolExhausted",
    "ProviderError",
    "ReadFailed",
    "Unaddressable",
    "WriteFailed",
    "WrongAddress",
    "in_our_words",
]

T = TypeVar("T")


class ProviderError(Exception):
    """A request that got no answer.

    `reason` is a short stable word of ours. `retry_after_s` is in seconds, None where nobody
    asked for a pause.
    """

    retryable: ClassVar[bool] = False
    """Worth sending again at once. Never True for what may have left."""
    may_have_left: bool = True
    """The provider may have seen the request, and acted on it."""
    concerns_account: ClassVar[bool] = False
    """Every other request of the account would fail in the same way."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class NotSent(ProviderError):
    """Failed before the first byte of the request."""

    may_have_left = False


class ConnectFailed(NotSent):
    """No connection: refused, unknown host, TLS, certificate, timeout."""

    retryable = True


class PoolExhausted(NotSent):
    """All connections of the pool stayed busy for the pool timeout."""

    retryable = True


class NotYetKnown(NotSent):
    """Another request goes first: it is not known yet that the One API answers at this address."""

    retryable = True


class Fenced(NotSent):
    """The lease's local deadline had passed: somebody else may own these messages now."""


class WrongAddress(NotSent):
    """A harmless question before the request was answered by something else than the One API."""

    concerns_account = True


class Unaddressable(NotSent):
    """No address can hold the id that was asked for: nothing has such an id."""


class Misconfigured(NotSent):
    """The address or a header of ours is not one that HTTP can carry."""

    concerns_account = True


class MayHaveLeft(ProviderError):
    """Failed after the request had started."""


class WriteFailed(MayHaveLeft):
    """The connection broke or stalled while we wrote."""


class ReadFailed(MayHaveLeft):
    """The connection was reset, closed or silent before the answer."""


class AnswerGarbled(MayHaveLeft):
    """What came back is not HTTP, can't be decoded, or broke the library."""


class Cancelled(ProviderError):
    """The value for a cancelled request.

    The event loop needs `CancelledError` to stay what it is, so nothing raises this one. Who
    catches the cancellation makes it from the request's `Departure`, to decide what becomes of
    the messages.
    """

    def __init__(self, departure: Departure) -> None:
        super().__init__("cancelled")
        self.may_have_left = departure.started


_Kind = tuple[tuple[type[BaseException], ...], type[ProviderError], str]

# The first row that fits decides; a row fits if the error, or one it was raised from, is of its
# types.
_BEFORE_START: Final[tuple[_Kind, ...]] = (
    ((HeldBack,), Fenced, "lease_deadline_passed"),
    ((httpx.PoolTimeout,), PoolExhausted, "pool_exhausted"),
    (
        (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL),
        Misconfigured,
        "invalid_request",
    ),
    ((httpx.TimeoutException, TimeoutError), ConnectFailed, "connect_timeout"),
    ((socket.gaierror, UnicodeError), ConnectFailed, "unknown_host"),
    ((ssl.SSLCertVerificationError,), ConnectFailed, "tls_certificate"),
    ((ssl.SSLError,), ConnectFailed, "tls_failed"),
    ((ConnectionRefusedError,), ConnectFailed, "connect_refused"),
)
_AFTER_START: Final[tuple[_Kind, ...]] = (
    ((httpx.WriteTimeout,), WriteFailed, "write_timeout"),
    ((httpx.WriteError,), WriteFailed, "write_failed"),
    ((httpx.TimeoutException, TimeoutError), ReadFailed, "read_timeout"),
    # httpcore calls a hang-up and a malformed answer by one name; only the latter comes from h11.
    ((h11.ProtocolError,), AnswerGarbled, "protocol_garbage"),
    ((httpx.RemoteProtocolError,), ReadFailed, "server_closed"),
    ((httpx.NetworkError, OSError), ReadFailed, "read_reset"),
    ((httpx.DecodingError,), AnswerGarbled, "decoding"),
)


async def in_our_words(request: Awaitable[T], departure: Departure) -> T:
    """Await `request`; whatever foreign it raises comes out as a `ProviderError`.

    `asyncio.CancelledError` passes untouched. The new error carries neither cause nor context:
    it is raised outside the handler, because `from None` alone would only hide the context.
    """
    handled = sys.exception()
    try:
        return await request
    except ProviderError:
        raise
    except Exception as foreign:  # noqa: BLE001 - the seam: total, or the rule of section 4 is void
        causes = tuple(_causes(foreign, handled))
        if departure.started:
            error = _classify(causes, _AFTER_START, AnswerGarbled("unexpected"))
        else:
            error = _classify(causes, _BEFORE_START, ConnectFailed("connect_failed"))
    raise error from None


def _classify(
    causes: tuple[BaseException, ...], kinds: tuple[_Kind, ...], otherwise: ProviderError
) -> ProviderError:
    for types, leaf, reason in kinds:
        if any(isinstance(cause, types) for cause in causes):
            return leaf(reason)
    return otherwise


def _causes(error: BaseException | None, handled: BaseException | None) -> Iterator[BaseException]:
    """The error and what it arose from; not what the caller was handling before.

    httpcore's pool erases the cause of its errors (`raise exc from None`), but not the context.
    """
    while error is not None and error is not handled:
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions  # one for each address of the host
        error = error.__cause__ or error.__context__
