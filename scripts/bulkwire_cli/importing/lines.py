"""Lines of a file opened in binary, with their numbers, that can be given back."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

__all__ = ["LONGEST_LINE", "Line", "LineSource"]

LONGEST_LINE: Final = 256 * 1024
"""Bytes. What follows in a longer line is skipped."""

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    text: str
    """With its line end. Bytes that are not UTF-8 stand as lone surrogates."""
    fault: str | None
    """Why no row can be made of it."""
    end: int
    """Bytes of the file up to the end of this line."""


class LineSource:
    """Reads lines one by one; what was given back comes first."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._back: deque[Line] = deque()
        self._number = 0
        self._read = 0

    def next(self) -> Line | None:
        """The next line, or None at the end of the file."""
        return self._back.popleft() if self._back else self._fresh()

    def give_back(self, lines: Sequence[Line]) -> None:
        """`lines` come again, in their order, before anything else."""
        self._back.extendleft(reversed(lines))

    def _fresh(self) -> Line | None:
        raw = self._file.readline(LONGEST_LINE)
        if not raw:
            return None
        self._read += len(raw)
        self._number += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            self._skip_rest()
            return Line(self._number, "", "the line is too long to be a row", self._read)
        if self._number == 1:
            raw = raw.removeprefix(_BOM)
        return self._decoded(raw)

    def _skip_rest(self) -> None:
        while raw := self._file.readline(LONGEST_LINE):
            self._read += len(raw)
            if raw.endswith(b"\n"):
                return

    def _decoded(self, raw: bytes) -> Line:
        fault = "holds a NUL byte: save the file as CSV UTF-8" if b"\0" in raw else None
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "surrogateescape")
            fault = "is not UTF-8: save the file as CSV UTF-8"
        return Line(self._number, text, fault, self._read)
