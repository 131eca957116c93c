"""Imports one recipient list: rows in, messages enqueued, answers counted. Constant memory."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bulkwire.client import Bulkwire
from bulkwire.errors import InvalidMessage
from bulkwire.message import EnqueueResult, Message
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.importing.build import MessageBuilder
from bulkwire_cli.importing.campaign import campaign_fingerprint, join_campaign
from bulkwire_cli.importing.media import CampaignMedia, UnusableMediaError
from bulkwire_cli.importing.records import ImportFileError, Reject
from bulkwire_cli.importing.rows import RowReader, open_rows
from bulkwire_cli.importing.tally import Tally
from bulkwire_cli.importing.template import InvalidTemplateError, compile_template

__all__ = ["BAD_INPUT", "ImportRequest", "Importer", "Watch"]

BAD_INPUT: Final = (ImportFileError, InvalidMessage, InvalidTemplateError, UnusableMediaError)
"""What `Importer.run` raises where the file, the text, the media or the options are wrong."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import."""

    path: Path
    campaign: str
    text: str | None
    """Template: `Hi {{ first_name }}`. With `media` its caption, which may be missing."""
    account: str
    options: Mapping[str, Any]
    """Further fields of `Message`, checked by `check_options`."""
    region: str | None = None
    to_column: str | None = None
    media: CampaignMedia | None = None
    """The file that every message refers to; None: they are text."""
    again: bool = False
    """Also where records of the campaign are archived, and nobody knows whom it reached."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told while an import runs."""

    progress: Callable[[int, int], None] = lambda _read, _size: None
    """Bytes read and bytes there are, after every row."""
    rejected: Callable[[Reject], None] = lambda _reject: None
    """Each reject and each conflict."""


class Importer:
    """One import. `tally` says how far it got, also where `run` raised."""

    def __init__(
        self, request: ImportRequest, client: Bulkwire, tally: Tally, watch: Watch | None = None
    ) -> None:
        self.tally = tally
        self.line = 1
        """The last line whose row is known to be in the campaign."""
        self.state = ""
        """The campaign's, once the first good row was found."""
        self._request = request
        self._client = client
        self._watch = watch or Watch()
        # Rows on their way into the store: as many as a pipeline holds.
        self._under_way: deque[tuple[str, int]] = deque()

    def run(self) -> None:
        """Imports the file. Running it again adds nothing twice.

        Raises one of BAD_INPUT, CampaignDiffersError, CampaignEndedError or StoreError; rows may be
        in by then.
        """
        request = self._request
        # Media may come without a caption, but not with an empty one.
        if not (request.text or "").strip() and (request.text is not None or not request.media):
            raise InvalidTemplateError("the text is empty: say what to send with --text")
        media = request.media
        with open_rows(request.path, to_column=request.to_column) as reader:
            columns = reader.header.columns
            builder = MessageBuilder(
                text=compile_template(request.text, columns) if request.text else None,
                to_column=reader.header.to_column,
                campaign=request.campaign,
                salt=b"",
                options={**request.options, "account": request.account},
                region=request.region,
                media={**media.fields, "file_id": "not known yet"} if media else None,
            )
            for result in self._client.enqueue_messages(self._messages(reader, builder)):
                self._count(result)

    def _messages(self, reader: RowReader, builder: MessageBuilder) -> Iterator[Message]:
        for row in reader:
            self.tally.rows += 1
            built = row if isinstance(row, Reject) else builder.build(row)
            if not isinstance(row, Reject) and isinstance(built, Message) and not builder.salt:
                # Only now: a file without a good row must not take the campaign's name.
                builder = self._join(builder)
                built = builder.build(row)
            self._watch.progress(reader.consumed, reader.size)
            if isinstance(built, Reject):
                self.tally.reject(built)
                self._watch.rejected(built)
            else:
                self._under_way.append((built.id, row.line))
                yield built

    def _join(self, builder: MessageBuilder) -> MessageBuilder:
        """The builder of messages of the campaign, which is there from now on."""
        request, media, keys = self._request, self._request.media, Keys(self._request.account)
        sends = {**request.options, **media.fields, "media": media.identity} if media else None
        fingerprint = campaign_fingerprint(request.text or "", sends or request.options)
        if media is not None:
            media.check_given()  # a wrong id must not take the campaign's name
        with Store(self._client.settings.redis_url) as store:
            opened = join_campaign(store, keys, request.campaign, fingerprint, again=request.again)
            self.state = opened.state
            builder = replace(builder, salt=opened.salt.encode())
            if media is None:
                return builder
            # After joining: a file is not uploaded for a campaign that sends something else.
            file_id = media.file_id(store, keys, request.campaign)
            return replace(builder, media={**media.fields, "file_id": file_id})

    def _count(self, result: EnqueueResult) -> None:
        message_id, line = self._under_way.popleft()
        # The store answers in order, but leaves out what it refused.
        while message_id != result.id:
            message_id, line = self._under_way.popleft()
        conflict = self.tally.answer(line, result)
        if conflict:
            self._watch.rejected(conflict)
        self.line = line
