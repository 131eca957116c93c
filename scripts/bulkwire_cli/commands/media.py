"""`bulkwire media`: files that messages refer to, and files that came with messages."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from bulkwire.errors import InvalidNumber
from bulkwire.phone import normalise
from bulkwire.settings import load_settings
from bulkwire_cli.media import (
    StoredMedia,
    check_source,
    check_target,
    content_type_of,
    download,
    look_up,
    upload,
)
from bulkwire_cli.options import AccountOption, JsonOption
from bulkwire_cli.output import print_json, shown_time, span
from bulkwire_cli.provider import find_access
from bulkwire_config.settings import WorkerSettings
from bulkwire_workers.one_api.downloading import Wanted
from bulkwire_workers.one_api.media import UploadTerms

__all__ = ["make_media_commands"]

STDOUT: Final = Path("-")

FileId = Annotated[str, typer.Argument(metavar="ID", help="The file's id.")]
Upload = Annotated[
    Path, typer.Argument(metavar="FILE", help="30 MB (30,000,000 bytes) at the most.")
]
Broadcast = Annotated[
    bool, typer.Option("--broadcast", help="It may be sent to anybody; campaigns need it.")
]
To = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="It may be sent to this number only.")
]
ContentType = Annotated[
    str | None, typer.Option(metavar="TYPE", help="Default: what the file's ending says.")
]
Name = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The name that the provider is told. Default: the file's."),
]
EncryptionKey = Annotated[
    str | None,
    typer.Option(
        metavar="KEY", help="Of a file that you encrypted: its data key, encrypted, in base64."
    ),
]
KmsArn = Annotated[
    str | None,
    typer.Option(metavar="ARN", help="The AWS KMS key that the data key is encrypted with."),
]
Cipher = Annotated[
    str | None, typer.Option(metavar="CIPHER", help="The cipher that you encrypted the file with.")
]
HashBefore = Annotated[
    str | None,
    typer.Option(
        "--sha256",
        metavar="HASH",
        help="Of a file that you encrypted: the SHA-256 of what it was before; without this none "
        "is sent. Of any other file it is computed.",
    ),
]
Hash = Annotated[str, typer.Option("--sha256", metavar="HASH", help="As the callback gave it.")]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help="A file that is not there yet; - writes to stdout."
    ),
]
ClientEncrypted = Annotated[
    bool,
    typer.Option(
        "--client-encrypted", help="You encrypted it: the hash of what comes is not checked."
    ),
]


def make_media_commands() -> typer.Typer:
    """The subcommands of `bulkwire media`."""
    commands = typer.Typer(
        help="Upload files that messages refer to, look at them, download what came in.",
        no_args_is_help=True,
    )
    commands.command("upload")(upload_file)
    commands.command("show")(show)
    commands.command("download")(download_file)
    return commands


def upload_file(
    file: Upload,
    account: AccountOption = None,
    *,
    broadcast: Broadcast = False,
    to: To = None,
    content_type: ContentType = None,
    name: Name = None,
    encryption_key: EncryptionKey = None,
    kms_arn: KmsArn = None,
    encryption_cipher: Cipher = None,
    sha256: HashBefore = None,
    as_json: JsonOption = False,
) -> None:
    """Upload a file for 30 days and print its id.

    Messages name it as media.file_id, templates in their header. A second upload has its own id.

    \b
    Examples:
      bulkwire media upload summer.jpg --broadcast --json | jq -r .file_id
      bulkwire media upload invoice.pdf --to "+27 82 123 4567"
      bulkwire media upload a.jpg --broadcast --encryption-key KEY --sha256 HASH
    """
    terms = UploadTerms(
        content_type_of(file, content_type),
        _utf8(name or file.name),
        to=_only_recipient(to, broadcast=broadcast),
        broadcast_allowed=broadcast,
        encryption_key=encryption_key,
        kms_arn=kms_arn,
        encryption_cipher=encryption_cipher,
    )
    access = find_access(account)
    check_source(file)
    file_id = upload(access, file, _with_hash(terms, sha256))
    if as_json:
        print_json({"account": access.account, "file_id": file_id, **_facts(terms)})
    else:
        typer.echo(file_id)


def _facts(terms: UploadTerms) -> dict[str, object]:
    return {"content_type": terms.content_type, "broadcast_allowed": terms.broadcast_allowed}


def show(file_id: FileId, account: AccountOption = None, *, as_json: JsonOption = False) -> None:
    """Show until when a file can be sent, and to whom.

    \b
    Examples:
      bulkwire media show 5e7f0a1c
      bulkwire media show 5e7f0a1c --json | jq .broadcast_allowed
    """
    access = find_access(account)
    found = look_up(access, file_id)
    if as_json:
        document = {"account": access.account, "file_id": file_id}
        times = {"expires_at": found.expires_at, "broadcast_allowed": found.broadcast_allowed}
        print_json({**document, **times})
        return
    typer.echo(f"{file_id}: {_until(found)}; {_for_whom(found)}.")


def download_file(
    file_id: FileId,
    account: AccountOption = None,
    *,
    sha256: Hash,
    output: Output,
    client_encrypted: ClientEncrypted = False,
    as_json: JsonOption = False,
) -> None:
    """Download a file: one that came with a message, or one that was uploaded.

    It stands at its place, or goes to standard output, only once it is whole and its hash is
    right. Only you may read it. Exit codes: 1 it can't be had; 2 it can't be written there.

    \b
    Examples:
      bulkwire media download 5e7f0a1c --sha256 9f86d08188… -o photo.jpg
      bulkwire media download 5e7f0a1c --sha256 9f86d08188… -o - | file -
    """
    if output == STDOUT and (as_json or sys.stdout.isatty()):
        problem = "- needs a pipe or a file behind it, and no --json: standard output is the file's"
        raise typer.BadParameter(problem, param_hint="--output")
    access = find_access(account)
    try:
        wanted = Wanted(file_id, sha256, client_encrypted=client_encrypted)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--sha256") from None
    with _place(output) as target:
        saved = download(access, wanted, target)
    if as_json:
        document = {"account": access.account, "file_id": file_id, "output": str(output)}
        facts = {"size": saved.size, "content_type": saved.content_type}
        print_json({**document, **facts, "verified": saved.verified})
        return
    checked = "its hash is right" if saved.verified else "its hash can't be checked"
    said = f"{output}: {saved.size:,} bytes, {saved.content_type or 'no type'}; {checked}."
    typer.echo(said, err=output == STDOUT)


@contextmanager
def _place(output: Path) -> Iterator[Path]:
    """Where to download to. What is for standard output goes there once it is whole."""
    if output != STDOUT:
        check_target(output)
        yield output
        return
    with TemporaryDirectory(prefix="bulkwire-") as folder:
        target = Path(folder) / "media"
        yield target
        with target.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)


def _with_hash(terms: UploadTerms, sha256: str | None) -> UploadTerms:
    if sha256 is None:
        return terms
    if not terms.client_encrypted:
        problem = "it goes with --encryption-key: of any other file it is computed"
        raise typer.BadParameter(problem, param_hint="--sha256")
    try:
        return replace(terms, sha256_hash=sha256)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--sha256") from None


def _only_recipient(to: str | None, *, broadcast: bool) -> str | None:
    if broadcast == bool(to):
        raise typer.BadParameter("give --broadcast, or --to NUMBER for a file for one recipient")
    return _number(to) if to else None


def _number(written: str) -> str:
    try:
        return normalise(written, load_settings(WorkerSettings).default_region)
    except InvalidNumber as error:
        raise typer.BadParameter(str(error.as_fault("it")), param_hint="--to") from None


def _utf8(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise typer.BadParameter("its name is not UTF-8: give one", param_hint="--name") from None
    return name


def _until(found: StoredMedia) -> str:
    if found.expires_at is None:
        return "the provider does not say until when it is kept"
    left = (found.expires_at - datetime.now(UTC)).total_seconds()
    when = shown_time(found.expires_at)
    return f"kept until {when}, {span(left)} from now" if left > 0 else f"expired at {when}"


def _for_whom(found: StoredMedia) -> str:
    if found.broadcast_allowed is None:
        return "the provider does not say to whom it may be sent"
    return "for any recipient" if found.broadcast_allowed else "for its one recipient only"
