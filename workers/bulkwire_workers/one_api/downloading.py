"""A file from the provider into a file of ours: whole and verified, or not at all."""

from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkwire.encoded import read_sha256
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.media import DownloadAnswer, read_refused_download
from bulkwire_workers.one_api.media_files import PartFile, Progress, part_beside
from bulkwire_workers.one_api.wire import Incoming

__all__ = ["Wanted", "save"]

MOST_RECEIVED: Final = 100_000_000
"""Bytes: WhatsApp's largest file. An answer without an end must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which file: the query of `downloadFile`.

    Raises ValueError where a hash that has to be checked is not a SHA-256.
    """

    file_id: str
    """`fileId`, as the callback of an inbound message or an upload gave it."""
    sha256_hash: str
    """`sha256Hash`: in hexadecimal or base64, as the callback gave it."""
    client_encrypted: bool = False
    """`source=client`: the body is what the client encrypted, and the hash is of what is in it, so
    it can't be checked."""

    def __post_init__(self) -> None:
        if not self.file_id or not self.sha256_hash:
            raise ValueError("a download needs the id of the file and its hash")
        if not self.client_encrypted and read_sha256(self.sha256_hash) is None:
            raise ValueError("the hash is not a SHA-256: 64 hexadecimal digits, or base64")

    @property
    def digest(self) -> bytes | None:
        """What the hash of the body has to be; None: it can't be checked."""
        return None if self.client_encrypted else read_sha256(self.sha256_hash)

    def query(self) -> dict[str, str]:
        """The request's query."""
        source = {"source": "client"} if self.client_encrypted else {}
        return {"fileId": self.file_id, "sha256Hash": self.sha256_hash, **source}


async def save(
    answering: AbstractAsyncContextManager[Incoming],
    wanted: Wanted,
    target: Path,
    progress: Progress,
) -> DownloadAnswer:
    """Makes the request and writes its answer to `target`.

    Raises ProviderError where no status came, MediaFileError where the file can't be written.
    """
    async with part_beside(target) as part, answering as incoming:
        if incoming.http_status != 200:
            return await _refused(incoming)
        fault = await _fill(part, incoming, progress)
        digest = wanted.digest
        if fault is None and digest is not None and not part.matches(digest):
            fault = "wrong_hash"
        if fault is not None:
            return DownloadAnswer(incoming.http_status, fault=fault)
        await part.keep()
        return DownloadAnswer(
            incoming.http_status,
            saved=True,
            size=part.size,
            content_type=incoming.content_type,
            verified=digest is not None,
        )


async def _fill(part: PartFile, incoming: Incoming, progress: Progress) -> str | None:
    """Writes the body; answers why it is not whole, if it isn't."""
    try:
        async with aclosing(incoming.pieces()) as pieces:
            async for piece in pieces:
                await part.write(piece)
                if part.size > MOST_RECEIVED:
                    return "too_large"
                progress(part.size, incoming.size)
    except ProviderError as error:
        return error.reason
    return None


async def _refused(incoming: Incoming) -> DownloadAnswer:
    received = await incoming.received()
    return read_refused_download(
        received.http_status,
        received.body,
        retry_after_s=received.retry_after_s,
        fault=received.fault,
    )
