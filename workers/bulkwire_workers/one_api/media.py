"""What is said about media: the terms of an upload, and the answers of the three operations. Pure.

A file is kept for 30 days after its upload.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypedDict

from bulkwire.encoded import read_sha256
from bulkwire.errors import BulkwireError
from bulkwire_workers.one_api.reading import (
    MAX_TIMESTAMP,
    Answer,
    read_answer,
    read_flag,
    read_text,
    read_whole,
)

__all__ = [
    "MOST_BYTES",
    "DownloadAnswer",
    "MediaAnswer",
    "MediaFileError",
    "MetadataAnswer",
    "UploadTerms",
    "guessed_content_type",
    "read_media",
    "read_metadata",
    "read_refused_download",
]

MOST_BYTES: Final = 30_000_000
"""Bytes of a file that can be uploaded: the contract's 30 MB."""
# Types that WhatsApp carries and that not every machine's list knows.
_MORE_TYPES: Final = {
    ".3gp": "video/3gpp",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webp": "image/webp",
}


class MediaFileError(BulkwireError):
    """A file of ours that cannot be sent or written. Names neither the file nor its folder."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """What is said with a file: the query and the header of `uploadFile`.

    Raises ValueError unless exactly one of `to` and `broadcast_allowed` is given: without either
    nobody could be sent the file, and together they contradict each other. The same for a hash
    that is none.
    """

    content_type: str
    """The header `Content-Type`."""
    file_name: str = field(repr=False)
    """`fileName`: the provider's name for it."""
    to: str | None = field(default=None, repr=False)
    """`to`: the only recipient it may be sent to; international digits."""
    broadcast_allowed: bool = False
    """`broadcastAllowed`: it may be sent to anybody; a campaign needs it."""
    sha256_hash: str | None = None
    """`sha256FileHash`, in hexadecimal or base64: of the file before any encryption. None: computed
    of what is sent, and of what the client encrypted there is none."""
    encryption_key: str | None = field(default=None, repr=False)
    """`encryptionKey`: of what the client encrypted; the encrypted data key in base64."""
    kms_arn: str | None = field(default=None, repr=False)
    """`kmsArn`: the name of the key that encrypted it."""
    encryption_cipher: str | None = None
    """`encryptionCipher`."""

    def __post_init__(self) -> None:
        if self.broadcast_allowed == bool(self.to):
            raise ValueError("give either the one recipient of the file, or allow broadcasts")
        if self.sha256_hash is not None and read_sha256(self.sha256_hash) is None:
            raise ValueError("the hash is not a SHA-256: 64 hexadecimal digits, or base64")

    @property
    def client_encrypted(self) -> bool:
        """What is sent is not the file itself, but what the client made of it."""
        said = (self.encryption_key, self.kms_arn, self.encryption_cipher)
        return any(one is not None for one in said)

    def query(self, sha256_hash: str) -> dict[str, str]:
        """The request's query; `sha256_hash` is of what is sent."""
        given = {
            "fileName": self.file_name,
            "to": self.to,
            "broadcastAllowed": "true" if self.broadcast_allowed else None,
            "sha256FileHash": self._hash_of_the_file(sha256_hash),
            "encryptionKey": self.encryption_key,
            "kmsArn": self.kms_arn,
            "encryptionCipher": self.encryption_cipher,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _hash_of_the_file(self, of_what_is_sent: str) -> str | None:
        given = read_sha256(self.sha256_hash) if self.sha256_hash else None
        if given is not None:
            return given.hex()
        return None if self.client_encrypted else of_what_is_sent


@dataclass(frozen=True, slots=True)
class MediaAnswer(Answer):
    """The contract's `OmniMediaUploadResponse`: the answer to an upload, and every refusal."""

    file_id: str | None = None
    """`fileId`."""
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class MetadataAnswer(MediaAnswer):
    """The contract's `MediaFileMetadataResponse`, or a refusal."""

    expiration_time: datetime | None = None
    """`expirationTime` (milliseconds since the epoch), aware, UTC: gone from then on."""
    broadcast_allowed: bool | None = None
    """`broadcastAllowed`: it may be sent to anybody."""


@dataclass(frozen=True, slots=True)
class DownloadAnswer(MediaAnswer):
    """The answer to a download. The file stands at its place where `saved` is true, and nothing
    of it does where it is false.

    `fault` is also `wrong_hash`: what came is not what the hash says.
    """

    saved: bool = False
    size: int = 0
    """Bytes that were saved."""
    content_type: str | None = None
    """What the provider calls it."""
    verified: bool = False
    """The hash was checked. It can't be where the client encrypted the file."""


def read_media(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> MediaAnswer:
    """Read the answer to an upload. Total: any bytes become one."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    return MediaAnswer(**common, **_upload(document))


def read_refused_download(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> DownloadAnswer:
    """Read the answer to a download that is not the file. Total: any bytes become one."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    return DownloadAnswer(**common, **_upload(document))


def read_metadata(
    http_status: int,
    body: bytes,
    *,
    retry_after_s: float | None = None,
    fault: str | None = None,
) -> MetadataAnswer:
    """Read a file's metadata. Total: any bytes become an answer."""
    document, common = read_answer(http_status, body, retry_after_s, fault)
    return MetadataAnswer(
        **common,
        **_upload(document),
        expiration_time=_moment(document.get("expirationTime")),
        broadcast_allowed=read_flag(document.get("broadcastAllowed")),
    )


class _Upload(TypedDict):
    file_id: str | None
    accepted: bool | None


def _upload(document: Mapping[str, object]) -> _Upload:
    file_id, accepted = read_text(document.get("fileId")), read_flag(document.get("accepted"))
    return {"file_id": file_id, "accepted": accepted}


def _moment(value: object) -> datetime | None:
    milliseconds = read_whole(value, MAX_TIMESTAMP)
    try:
        return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC) if milliseconds else None
    except (OverflowError, ValueError, OSError):  # beyond the year 9999
        return None


def guessed_content_type(file_name: str) -> str | None:
    """The content type that the name's ending stands for; None where it says none."""
    known = mimetypes.MimeTypes()
    for ending, content_type in _MORE_TYPES.items():
        known.add_type(content_type, ending)
    guess, packed = known.guess_type(file_name)
    # What is packed is not what its inner name says.
    return None if packed else guess
