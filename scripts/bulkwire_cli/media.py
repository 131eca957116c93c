"""Media at the provider, as commands and imports use them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import typer

from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.provider import ProviderAccess, ask_provider, refusal
from bulkwire_cli.transfer_bar import transfer_bar
from bulkwire_workers.one_api.asking_again import ask_patiently
from bulkwire_workers.one_api.downloading import Wanted
from bulkwire_workers.one_api.media import (
    DownloadAnswer,
    MediaFileError,
    UploadTerms,
    guessed_content_type,
)

__all__ = [
    "NO_FILE",
    "NoSuchFileError",
    "StoredMedia",
    "content_type_of",
    "download",
    "look_up",
    "upload",
]

NO_FILE = "there is no such file, or it has expired (files are kept for 30 days)"
NO_ACCOUNT = "no such account there: see BULKWIRE_API_URL and BULKWIRE_API_KEY"


class NoSuchFileError(CommandFailed):
    """The provider has no file of that id, or has it no more."""


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file at the provider."""

    file_id: str
    expires_at: datetime | None
    """None: the provider did not say."""
    broadcast_allowed: bool | None


def content_type_of(path: Path, given: str | None) -> str:
    """The content type given, else the one that the file's ending stands for.

    Raises BadParameter where neither says one that an HTTP header can carry.
    """
    content_type = given or guessed_content_type(path.name)
    if content_type is None:
        raise typer.BadParameter(
            f"{path.name}: its ending says no content type: give it, such as image/jpeg",
            param_hint="--content-type",
        )
    kind, slash, subtype = content_type.partition("/")
    if not (kind and slash and subtype and content_type.isascii() and content_type.isprintable()):
        raise typer.BadParameter("write it like image/jpeg", param_hint="--content-type")
    return content_type


def upload(access: ProviderAccess, path: Path, terms: UploadTerms, *, bar: bool = True) -> str:
    """Uploads a file; answers its id. Raises CommandFailed."""
    with transfer_bar(f"Uploading {path.name}", wanted=bar) as progress:
        try:
            answer = ask_provider(
                access,
                lambda api: ask_patiently(partial(api.upload, path, terms, progress=progress)),
            )
        except MediaFileError as error:
            raise CommandFailed(f"{path}: {error}") from None
    if answer.http_status in {200, 201} and answer.accepted is not False and answer.file_id:
        return answer.file_id
    raise refusal(answer, not_found=NO_ACCOUNT)


def look_up(access: ProviderAccess, file_id: str) -> StoredMedia:
    """What the provider knows of a file. Raises NoSuchFileError, CommandFailed."""
    answer = ask_provider(access, lambda api: ask_patiently(partial(api.metadata, file_id)))
    known = (answer.expiration_time, answer.broadcast_allowed) != (None, None)
    if answer.http_status == 200 and known:
        return StoredMedia(file_id, answer.expiration_time, answer.broadcast_allowed)
    failed = refusal(answer, not_found=NO_FILE)
    raise NoSuchFileError(str(failed)) if answer.http_status == 404 else failed


def download(access: ProviderAccess, wanted: Wanted, target: Path) -> DownloadAnswer:
    """Downloads a file to `target`. Raises CommandFailed where it is not there afterwards."""
    with transfer_bar(f"Downloading {target.name}") as progress:
        try:
            answer = ask_provider(
                access,
                lambda api: ask_patiently(partial(api.download, wanted, target, progress=progress)),
            )
        except MediaFileError as error:
            raise CommandFailed(f"{target}: {error}") from None
    if answer.saved:
        return answer
    raise refusal(answer, not_found=NO_FILE)
