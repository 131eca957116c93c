"""The file that a media campaign sends by reference: uploaded once, and looked at before sending.

The provider names a file by an id, and every message of a campaign has to name the same one, or
importing again would make other messages of the same rows. So the campaign remembers which id its
file got: what was uploaded for it once is not uploaded again, not even where the provider has
dropped it. By then the campaign's first records may be archived, and whoever got it would be
taken for new.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bulkwire.errors import BulkwireError
from bulkwire.store.campaigns import keep_media, read_media
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.media import NoSuchFileError, StoredMedia, look_up, upload
from bulkwire_cli.output import shown_time
from bulkwire_cli.provider import ProviderAccess
from bulkwire_workers.one_api.media import MediaFileError, UploadTerms
from bulkwire_workers.one_api.media_files import open_source

__all__ = ["CampaignMedia", "UnusableMediaError", "media_of_file", "media_of_id", "unusable"]

NAMED_BY_THEMSELVES: Final = ("image/", "video/", "audio/")
"""Types that WhatsApp shows without a file name."""


NEEDS_A_FILE: Final = (
    "upload it with `bulkwire media upload FILE --broadcast`, and give its new id with --media-id"
)
NEEDS_A_CAMPAIGN: Final = (
    "this campaign can't be gone on with. Import those who have not got it yet, and only those, "
    "with another --campaign: that uploads the file anew"
)


class UnusableMediaError(BulkwireError):
    """The campaign's messages could not be sent with this file."""


@dataclass(frozen=True, slots=True)
class CampaignMedia:
    """A file of ours, or one that the provider has already."""

    access: ProviderAccess
    identity: str
    """What makes it this file: `sha256:…` of ours, `id:…` of the provider's."""
    fields: Mapping[str, str]
    """Of the messages' `media`, but for `file_id` and `caption`."""
    path: Path | None = None
    """Of ours."""
    content_type: str | None = None

    def check_given(self) -> None:
        """Looks at a file that is at the provider already. One of ours is not asked for here.

        Raises UnusableMediaError for a file that is gone or not for everybody, CommandFailed
        where the provider can't be asked.
        """
        if self.path is None:
            self._check(self._given_id, NEEDS_A_FILE)

    def file_id(self, store: Store, keys: Keys, campaign: str) -> str:
        """The id that messages have to name. Uploads our file where the campaign has none yet.

        Raises UnusableMediaError for a file that is gone or not for everybody; CommandFailed
        where the provider can't be asked; StoreError.
        """
        if self.path is None:
            return self._given_id
        known = store.run(read_media(keys, campaign, self.identity))
        if known is None:
            # Two imports at once both upload; the messages of both name the one kept first.
            fresh = upload(self.access, self.path, self._terms(), bar=False)
            store.run(keep_media(keys, campaign, self.identity, fresh))
            known = store.run(read_media(keys, campaign, self.identity)) or fresh
        self._check(known, NEEDS_A_CAMPAIGN)
        return known

    @property
    def _given_id(self) -> str:
        return self.identity.removeprefix("id:")

    def _check(self, file_id: str, remedy: str) -> None:
        problem: str | None = "is not there, or has expired (files are kept for 30 days)"
        with contextlib.suppress(NoSuchFileError):
            problem = unusable(look_up(self.access, file_id), datetime.now(UTC))
        if problem:
            raise UnusableMediaError(f"the file {file_id} {problem}: {remedy}")

    def _terms(self) -> UploadTerms:
        return UploadTerms(
            content_type=self.content_type or "",
            file_name=self.fields.get("file_name", "media"),
            broadcast_allowed=True,
            sha256_hash=self.identity.removeprefix("sha256:"),
        )


def media_of_file(access: ProviderAccess, path: Path, content_type: str) -> CampaignMedia:
    """A file of ours, read once. Raises UnusableMediaError where it can't be uploaded."""
    try:
        digest = asyncio.run(_sha256(path))
    except MediaFileError as error:
        raise UnusableMediaError(f"{path}: {error}") from None
    fields = {"content_type": content_type}
    # Recipients see it: so not where nobody needs it.
    if not content_type.startswith(NAMED_BY_THEMSELVES):
        fields["file_name"] = path.name
    return CampaignMedia(access, f"sha256:{digest}", fields, path, content_type)


def media_of_id(access: ProviderAccess, file_id: str, content_type: str | None) -> CampaignMedia:
    """A file that was uploaded before."""
    fields = {} if content_type is None else {"content_type": content_type}
    return CampaignMedia(access, f"id:{file_id}", fields)


def unusable(found: StoredMedia, at: datetime) -> str | None:
    """Why messages that leave at `at` (aware) can't carry a file; None: they can.

    What the provider doesn't say is taken for good.
    """
    if found.expires_at is not None and found.expires_at <= at:
        return f"expired at {shown_time(found.expires_at)}"
    if found.broadcast_allowed is False:
        return "may be sent to one recipient only, as it was not uploaded with --broadcast"
    return None


async def _sha256(path: Path) -> str:
    async with open_source(path) as source:
        return source.sha256
