"""The client of Clickatell's One API: one method per operation, answers as values.

An HTTP status, whatever it is, is an answer. Only a request without one raises, and then always
a `ProviderError`; a file of ours that can't be read or written raises `MediaFileError`. Each
method makes one request: `asking_again` says which may be repeated.
"""

import re
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, urlencode

import httpx
from pydantic import SecretStr

from bulkwire_workers.one_api.answers import (
    Balance,
    SendAnswer,
    StatusAnswer,
    read_balance,
    read_send,
    read_status,
)
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.downloading import Wanted, save
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.media import (
    DownloadAnswer,
    MediaAnswer,
    MetadataAnswer,
    UploadTerms,
    read_media,
    read_metadata,
)
from bulkwire_workers.one_api.media_files import Progress, open_source
from bulkwire_workers.one_api.notices import (
    NotificationAnswer,
    ReadNotice,
    notification_body,
    read_notification,
)
from bulkwire_workers.one_api.segments import segment
from bulkwire_workers.one_api.wire import Received, Wire, WireOptions

__all__ = ["OneApi"]

JSON: Final = "application/json"


class OneApi:
    """One account's access to the provider. Belongs to the event loop that it is first used on.

    `api_url` is the base address. `api_key` is the raw key; it never appears in a repr, a log
    line or an error. `tls` replaces the public certificate authorities. Raises ValueError for an
    address or a key that HTTP can't carry.
    """

    def __init__(
        self,
        api_url: str,
        api_key: SecretStr | str,
        *,
        options: WireOptions | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._base = _checked_url(api_url)
        self._key = _checked_key(api_key)
        # Loading the authorities takes longer than all the rest: once, for all connections.
        trusted = tls or httpx.create_ssl_context(trust_env=False)
        self._wire = Wire(trusted, options or WireOptions())

    def __repr__(self) -> str:
        return f"OneApi({self._base!r})"

    async def send(self, body: bytes, *, deadline: float, departure: Departure) -> SendAnswer:
        """`POST /v1/message` with a ready-made JSON body of 1 to 100 messages.

        `deadline` is the lease's, by `time.monotonic()`: past it no byte leaves (`Fenced`).
        `departure` tells whether the request may have left, also where this is cancelled.
        """
        departure.deadline = deadline
        received = await self._call("POST", "/v1/message", departure, body)
        return read_send(
            received.http_status,
            received.body,
            retry_after_s=received.retry_after_s,
            fault=received.fault,
        )

    async def status(self, api_id: str) -> StatusAnswer:
        """`GET /v1/message/{omniMessageId}`; `api_id` is the provider's `apiMessageId`."""
        received = await self._call("GET", f"/v1/message/{segment(api_id)}", Departure())
        return read_status(
            received.http_status,
            received.body,
            retry_after_s=received.retry_after_s,
            fault=received.fault,
        )

    async def balance(self) -> Balance:
        """`GET /v1/balance`."""
        received = await self._call("GET", "/v1/balance", Departure())
        return read_balance(
            received.http_status,
            received.body,
            retry_after_s=received.retry_after_s,
            fault=received.fault,
        )

    async def notification(self, notices: Sequence[ReadNotice]) -> NotificationAnswer:
        """`POST /v1/notification` with 1 to 100 business-read notices (else ValueError)."""
        body = notification_body(notices)
        received = await self._call("POST", "/v1/notification", Departure(), body)
        return read_notification(
            received.http_status,
            received.body,
            retry_after_s=received.retry_after_s,
            fault=received.fault,
        )

    async def upload(
        self, path: Path, terms: UploadTerms, *, progress: Progress = lambda _done, _all: None
    ) -> MediaAnswer:
        """`POST /v1/media`: the file at `path`, 30 MB (30,000,000 bytes) at the most, streamed.

        Size and hash are known before the first byte leaves. Raises MediaFileError.
        """
        async with open_source(path) as source:
            headers = {
                **self._headers(),
                "Content-Type": terms.content_type,
                "Content-Length": str(source.size),
            }
            try:
                received = await self._wire.exchange(
                    "POST",
                    self._url("/v1/media", terms.query(source.sha256)),
                    headers=headers,
                    departure=Departure(),
                    body=source.pieces(progress),
                )
            except ProviderError:
                if source.trouble is None:
                    raise
            if source.trouble is not None:
                raise source.trouble
        return read_media(
            received.http_status,
            received.body,
            retry_after_s=received.retry_after_s,
            fault=received.fault,
        )

    async def download(
        self, wanted: Wanted, target: Path, *, progress: Progress = lambda _done, _all: None
    ) -> DownloadAnswer:
        """`GET /v1/media` into `target`, which is there afterwards only whole and verified.

        A file that was there before is replaced. Raises MediaFileError.
        """
        url = self._url("/v1/media", wanted.query())
        headers = {**self._headers(), "Accept": "*/*"}
        answering = self._wire.stream("GET", url, headers=headers, departure=Departure())
        return await save(answering, wanted, target, progress)

    async def metadata(self, file_id: str) -> MetadataAnswer:
        """`GET /v1/media/{fileId}`; `file_id` is the one an upload was answered with."""
        received = await self._call("GET", f"/v1/media/{segment(file_id)}", Departure())
        return read_metadata(
            received.http_status,
            received.body,
            retry_after_s=received.retry_after_s,
            fault=received.fault,
        )

    async def aclose(self) -> None:
        """Close all connections. Requests still under way fail."""
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _call(
        self, method: str, path: str, departure: Departure, body: bytes | None = None
    ) -> Received:
        headers = self._headers()
        if body is not None:
            headers["Content-Type"] = JSON
        return await self._wire.exchange(
            method, self._url(path), headers=headers, departure=departure, body=body
        )

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        return f"{self._base}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": self._key.get_secret_value(),
            "Accept": JSON,
            # A compressed answer saves little and adds a way to be unreadable.
            "Accept-Encoding": "identity",
            "User-Agent": "bulkwire",
        }


def _checked_url(api_url: str) -> str:
    try:
        url = httpx.URL(api_url.strip())
    except httpx.InvalidURL:
        url = httpx.URL()
    host_fits = re.fullmatch(rb"[\w.:-]+", url.raw_host)
    if url.scheme not in {"http", "https"} or not host_fits or url.userinfo or url.query:
        message = "the One API address must read like https://host[:port], without user or query"
        raise ValueError(message)
    return str(url.copy_with(fragment=None)).rstrip("/")


def _checked_key(api_key: SecretStr | str) -> SecretStr:
    raw = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
    key = raw.strip()
    if not key:
        raise ValueError("the API key is empty: set BULKWIRE_API_KEY")
    # A header that h11 refuses only fails after the request has started, and all ends in doubt.
    if not (key.isascii() and key.isprintable()):
        raise ValueError("the API key holds characters that an HTTP header can't carry")
    return SecretStr(key)
