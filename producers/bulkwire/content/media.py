"""A picture, video, audio or document: inline, or a file that was uploaded."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import ValidationInfo

from bulkwire.content.base import Content, Text
from bulkwire.content.judging import judged
from bulkwire.encoded import read_sha256
from bulkwire.errors import Fault

__all__ = ["LARGEST_INLINE", "Media"]

LARGEST_INLINE: Final = 1_000_000
"""Bytes of inline media, before base64."""


def _beside_audio(caption: object, info: ValidationInfo) -> Iterator[Fault]:
    kind = info.data.get("content_type") or ""
    if caption is not None and kind.lower().startswith("audio/"):
        yield Fault("", "does not go with audio", "leave it out")


def _no_hash(text: object, _info: ValidationInfo) -> Iterator[Fault]:
    if isinstance(text, str) and text.strip() and read_sha256(text.strip()) is None:
        yield Fault("", "is not a SHA-256", "give it in hexadecimal or base64")


class Media(Content):
    """WhatsApp only. The provider's `OmniIntegrationWaMediaRequest`.

    Inline: the message's `content` holds the file in base64 (at most 1 MB before that), and
    `content_type` is needed. By reference: `file_id`, and the message has no `content`.
    """

    content_type: Text | None = None
    """Media type, such as `image/png`. The provider's `contentType`."""
    caption: Annotated[Text | None, judged(_beside_audio)] = None
    """Not with audio."""
    file_name: Text | None = None
    sha256_hash: Annotated[Text, judged(_no_hash)] | None = None
    """SHA-256 of the file before any encryption, in hexadecimal or base64."""
    file_id: Text | None = None
    """As uploading answered it; kept for 30 days."""
