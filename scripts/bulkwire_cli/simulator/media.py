"""Files that were uploaded: kept in memory, for 30 days at most."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

__all__ = ["MAX_FILE", "MediaFile", "MediaStore"]

MAX_FILE: Final = 30_000_000
KEPT_MS: Final = 30 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file, for the recipient `to` alone, or where `broadcast` is true, for anybody.

    One that was uploaded for neither can be looked at, and sent to nobody. `expires_at` is ms since
    the epoch.
    """

    content: bytes
    content_type: str
    to: str | None
    broadcast: bool
    expires_at: int

    def has_hash(self, digest: str) -> bool:
        """The content's SHA-256 in hexadecimal is this."""
        return sha256(self.content).hexdigest() == digest.lower()


class MediaStore:
    """Files by id."""

    __slots__ = ("_files",)

    def __init__(self) -> None:
        self._files: dict[str, MediaFile] = {}

    def add(self, file_id: str, file: MediaFile) -> None:
        """Keep a file."""
        self._files[file_id] = file

    def get(self, file_id: str, now_ms: int) -> MediaFile | None:
        """The file, unless it has expired."""
        file = self._files.get(file_id)
        return file if file is not None and file.expires_at > now_ms else None

    def may_go_to(self, file_id: str, to: str, now_ms: int) -> bool:
        """The file is there and was uploaded for this recipient, or for anybody."""
        file = self.get(file_id, now_ms)
        if file is None:
            return False
        return file.broadcast if file.to is None else file.to == to
