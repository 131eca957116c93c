"""Standard input, output and error, as a command can rely on them."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Final

__all__ = ["CANNOT_BE_WRITTEN", "make_usable", "silence"]

CANNOT_BE_WRITTEN: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What the system answers where the disk, or a quota, is full or broken."""


def make_usable() -> None:
    """A stream that is closed leads nowhere; what an encoding lacks is printed as `?`.

    Python has None for the one, and ends the command half-way for the other.
    """
    # In this order each gets the number it has in every process.
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _nowhere(mode: str) -> io.TextIOWrapper:
    file = os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8")
    assert isinstance(file, io.TextIOWrapper)
    return file


def silence() -> None:
    """What is still to be written goes nowhere: Python would complain once more when it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # ValueError: it has no number, as in a test
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
