"""One row of a recipient list → one message, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulkwire.errors import Fault, InvalidMessage, InvalidNumber
from bulkwire.ids import recipient_id
from bulkwire.message import Message
from bulkwire.phone import normalise
from bulkwire_cli.csv_cells import plain_text
from bulkwire_cli.importing.records import Reject, Row
from bulkwire_cli.importing.template import TextTemplate

__all__ = ["MessageBuilder", "check_options"]


@dataclass(frozen=True, slots=True)
class MessageBuilder:
    """What all rows of one import share."""

    text: TextTemplate | None
    """The text; with `media` its caption, which may be missing."""
    to_column: str
    campaign: str
    salt: bytes
    """The campaign's own: the same row makes the same id whenever it is imported."""
    options: Mapping[str, Any]
    """Further fields of `Message`, checked by `check_options`: channel, from_, priority, …"""
    region: str | None = None
    """Two letters, upper case: the country of local numbers."""
    media: Mapping[str, str] | None = None
    """Fields of the messages' `media`, but for the caption; None: they are text."""

    def build(self, row: Row) -> Message | Reject:
        """The message for the row's recipient. Never raises for what stands in the row."""
        written = plain_text(row.cells[self.to_column])
        try:
            number = normalise(written, self.region)
        except InvalidNumber as error:
            fault = error.as_fault("the number")
            return Reject(row.line, self.to_column, str(fault))
        content = self._content(row)
        if isinstance(content, Reject):
            return content
        channel = str(self.options.get("channel", "sms"))
        message_id = recipient_id(self.salt, channel=channel, number=number, campaign=self.campaign)
        try:
            return Message(
                **{
                    **self.options,
                    **content,
                    # With "+", or a client with a region of its own could read it as a local one.
                    "to": f"+{number}",
                    "campaign": self.campaign,
                    "id": message_id,
                }
            )
        except InvalidMessage as error:
            return Reject(row.line, None, "; ".join(str(fault) for fault in error.faults))

    def _content(self, row: Row) -> dict[str, Any] | Reject:
        text = self.text.render(row) if self.text else None
        if isinstance(text, Reject):
            return text
        if self.media is None:
            return {"content": text}
        caption = {} if text is None else {"caption": text}
        return {"media": {**self.media, **caption}}


def check_options(
    campaign: str,
    options: Mapping[str, Any],
    *,
    media: Mapping[str, str] | None = None,
    captioned: bool = False,
) -> None:
    """Raises InvalidMessage for what would be wrong with every row, before any is read."""
    given = dict(options)
    clash = [name for name in ("to", "content", "media", "campaign", "id") if name in given]
    if clash:
        raise InvalidMessage(Fault(name, "comes from the file") for name in clash)
    content: dict[str, Any] = {"content": "text"}
    if media is not None:
        caption = {"caption": "text"} if captioned else {}
        content = {"media": {"file_id": "file", **media, **caption}}
    Message(**{**given, **content, "to": "27821234567", "campaign": campaign})
