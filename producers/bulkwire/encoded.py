"""Bytes that are written as text: base64, and hashes."""

import binascii
import re
from typing import Final

__all__ = ["read_base64", "read_sha256"]

_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{64}")
_ALPHABETS: Final = str.maketrans("-_", "+/")


def read_base64(text: str) -> bytes | None:
    """What the text stands for, in either alphabet, with or without line breaks and padding.

    None: no reader of base64 could take it.
    """
    bare = "".join(text.split()).rstrip("=").translate(_ALPHABETS)
    try:
        return binascii.a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
    except ValueError:  # also what is not ASCII
        return None


def read_sha256(text: str) -> bytes | None:
    """The 32 bytes of a SHA-256 in hexadecimal or base64; None: it is none."""
    if _HEXADECIMAL.fullmatch(text):
        return bytes.fromhex(text)
    digest = read_base64(text)
    return digest if digest is not None and len(digest) == 32 else None
