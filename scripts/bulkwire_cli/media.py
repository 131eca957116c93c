"""Media at the provider, as commands and imports use them."""

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import typer

from bulkwire_cli.errors import BadInput, CommandFailed
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
from bulkwire_workers.one_api.media_files import open_source
from bulkwire_workers.one_api.segments import fits_address

__all__ = [
    "NO_FILE",
    "NoSuchFileError",
    "StoredMedia",
    "check_source",
    "check_target",
    "content_type_of",
    "download",
    "look_up",
    "upload",
]

NO_FILE = "there is no such file, or it has expired (files are kept for 30 days)"
WRONG_PARAMETER = 23
WRONG_HASH = "the provider refused the file's id or its hash: check them, --sha256 first"
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


def check_source(path: Path) -> None:
    """Reads a file that is to be uploaded. Raises BadInput where the provider can't get it."""

    async def read() -> None:
        async with open_source(path):
            pass

    try:
        asyncio.run(read())
    except MediaFileError as error:
        raise BadInput(f"{path}: {error}") from None


def check_target(path: Path) -> None:
    """Looks at where a file is to go. Raises BadInput where it can't, or something is there."""
    if path.exists():
        raise BadInput(f"{path} is there already: remove it, or choose another name")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise BadInput(f"{path} cannot be written, there is no such folder: make it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"{path} cannot be written, permission denied: name another place")


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
    if not fits_address(file_id):
        raise NoSuchFileError(NO_FILE)
    answer = ask_provider(access, lambda api: ask_patiently(partial(api.metadata, file_id)))
    known = (answer.expiration_time, answer.broadcast_allowed) != (None, None)
    if answer.http_status == 200 and known:
        return StoredMedia(file_id, answer.expiration_time, answer.broadcast_allowed)
    failed = refusal(answer, not_found=NO_FILE)
    raise NoSuchFileError(str(failed)) if answer.http_status == 404 else failed


def download(access: ProviderAccess, wanted: Wanted, target: Path) -> DownloadAnswer:
    """Downloads a file to `target`. Raises CommandFailed where it is not there afterwards."""
    with transfer_bar(f"Downloading {wanted.file_id}") as progress:
        try:
            answer = ask_provider(
                access,
                lambda api: ask_patiently(partial(api.download, wanted, target, progress=progress)),
            )
        except MediaFileError as error:
            raise CommandFailed(f"{target}: {error}") from None
    if answer.saved:
        return answer
    if answer.error and answer.error.code == WRONG_PARAMETER:
        said = f"HTTP {answer.http_status}, code {WRONG_PARAMETER}"
        raise CommandFailed(f"{WRONG_HASH} ({said})")
    raise refusal(answer, not_found=NO_FILE)
