"""The files of ours that media come from and go to: read and written piece by piece.

Files are touched in threads: a slow disk must not stop the event loop. Memory stays the same
however big a file is. Raises `MediaFileError` only.
"""

import asyncio
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Final

from bulkwire_workers.one_api.media import MOST_BYTES, MediaFileError

__all__ = ["MediaSource", "PartFile", "Progress", "open_source", "part_beside"]

PIECE: Final = 256 * 1024
"""Bytes read at a time."""

Progress = Callable[[int, int | None], None]
"""Called with the bytes done, and those there are where that is known."""


class MediaSource:
    """A file to be uploaded, looked at once: its size in bytes and its SHA-256 are known."""

    def __init__(self, file: BinaryIO, size: int, digest: str) -> None:
        self.size = size
        self.sha256 = digest
        """In hexadecimal."""
        self.trouble: MediaFileError | None = None
        """Why `pieces` stopped, if it did: whoever sends them reports something of its own."""
        self._file = file

    async def pieces(self, progress: Progress) -> AsyncIterator[bytes]:
        """The content, once more from its start. A file that has changed meanwhile never ends
        well: its last piece is held back, so that the request is not complete."""
        digest, done = sha256(), 0
        await asyncio.to_thread(self._file.seek, 0)
        while done < self.size:
            try:
                piece = await asyncio.to_thread(self._file.read, min(PIECE, self.size - done))
            except OSError as error:
                self.trouble = _unreadable(error)
                raise self.trouble from None
            digest.update(piece)
            done += len(piece)
            if not piece or (done == self.size and digest.hexdigest() != self.sha256):
                self.trouble = MediaFileError(
                    "the file changed while it was sent", "send it again once it is complete"
                )
                raise self.trouble
            yield piece
            progress(done, self.size)


@asynccontextmanager
async def open_source(path: Path) -> AsyncIterator[MediaSource]:
    """The file at `path`, checked: a file, not empty, 30 MB at the most."""
    file, size = await asyncio.to_thread(_opened, path)
    with file:
        yield MediaSource(file, size, await asyncio.to_thread(_digest, file))


def _opened(path: Path) -> tuple[BinaryIO, int]:
    try:
        # Before it is opened: opening a pipe waits for somebody to write.
        if not stat.S_ISREG(path.stat().st_mode):
            raise MediaFileError("it is not a file", "name a file")
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(error) from None
    size = os.fstat(file.fileno()).st_size
    if 0 < size <= MOST_BYTES:
        return file, size
    file.close()
    if not size:
        raise MediaFileError("the file is empty", "name another one")
    raise MediaFileError(
        f"the file has {size:,} bytes, the provider takes {MOST_BYTES:,}", "make it smaller"
    )


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    try:
        while piece := file.read(PIECE):
            digest.update(piece)
    except OSError as error:
        raise _unreadable(error) from None
    return digest.hexdigest()


def _unreadable(error: OSError) -> MediaFileError:
    return MediaFileError(f"it cannot be read, {_words(error)}", "name a file you may read")


class PartFile:
    """A file on its way: beside its target, under another name, until `keep`."""

    def __init__(self, file: IO[bytes], target: Path) -> None:
        self.size = 0
        self._file = file
        self._target = target
        self._digest = sha256()

    def matches(self, digest: bytes) -> bool:
        """Whether what was written so far has this SHA-256."""
        return self._digest.digest() == digest

    async def write(self, piece: bytes) -> None:
        """Adds a piece."""
        with _in_our_words():
            await asyncio.to_thread(self._file.write, piece)
        self._digest.update(piece)
        self.size += len(piece)

    async def keep(self) -> None:
        """It is complete: from now on it stands at its target, also after a power cut."""
        with _in_our_words():
            await asyncio.to_thread(self._put_in_place)

    def _put_in_place(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        Path(self._file.name).replace(self._target)


@asynccontextmanager
async def part_beside(target: Path) -> AsyncIterator[PartFile]:
    """A file to write to, which goes away unless it is kept. Only its owner may read it."""
    with _in_our_words():
        real, file = await asyncio.to_thread(_part, target)
    try:
        yield PartFile(file, real)
    finally:
        _discard(file)


def _part(target: Path) -> tuple[Path, IO[bytes]]:
    # The target of a link, or the link would be replaced by the file.
    real = target.resolve()
    if real.exists() and not real.is_file():
        raise MediaFileError("it is there and not a file", "name a file to write to")
    # Unbuffered, so that each piece is told whether it fits. Closed by `part_beside`.
    file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - outlives this function
        dir=real.parent, prefix=".bulkwire-", suffix=".part", buffering=0, delete=False
    )
    return real, file


def _discard(file: IO[bytes]) -> None:
    with suppress(OSError):
        file.close()
    with suppress(OSError):  # it is gone where it was kept
        Path(file.name).unlink()


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"it cannot be written, {_words(error)}"
        trouble = MediaFileError(problem, "make room, or name another place")
    else:
        return
    raise trouble


def _words(error: OSError) -> str:
    return (error.strerror or "an error of the system").lower()
