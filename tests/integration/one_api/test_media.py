"""Media go up and come down, piece by piece, with the simulated provider."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bulkwire_cli.simulator.process import RunningSimulator
from bulkwire_workers.one_api.asking_again import ask_patiently
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.downloading import Wanted
from bulkwire_workers.one_api.errors import Unaddressable
from bulkwire_workers.one_api.media import (
    MOST_BYTES,
    MediaFileError,
    MetadataAnswer,
    UploadTerms,
    guessed_content_type,
)

CONTENT = bytes(range(256)) * 4_000
HASH = sha256(CONTENT).hexdigest()
TERMS = UploadTerms("image/png", "photo & more.png", broadcast_allowed=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(CONTENT)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_file_goes_up_and_comes_down_the_same(api: OneApi, file: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    up = await api.upload(file, TERMS, progress=lambda *done: seen.append(done))
    assert (up.http_status, up.accepted, up.error, up.fault) == (201, True, None, None)
    assert up.file_id
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    target = file.with_name("again.png")
    down = await api.download(Wanted(up.file_id, HASH), target)
    assert (down.saved, down.verified, down.size) == (True, True, len(CONTENT))
    assert down.content_type == "image/png"
    assert target.read_bytes() == CONTENT
    assert names(file.parent) == ["again.png", "photo.png"]


async def test_metadata_say_until_when_and_to_whom(api: OneApi, file: Path) -> None:
    up = await api.upload(file, TERMS)
    found = await api.metadata(up.file_id or "")
    assert found.broadcast_allowed is True
    assert found.expiration_time is not None
    left = found.expiration_time - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    alone = await api.upload(file, UploadTerms("image/png", "a.png", to="27821234567"))
    assert (await api.metadata(alone.file_id or "")).broadcast_allowed is False


async def test_a_file_that_is_not_there_is_an_answer(api: OneApi, tmp_path: Path) -> None:
    assert (await api.metadata("no/where")).http_status == 404
    down = await api.download(Wanted("nowhere", HASH), tmp_path / "a")
    assert (down.http_status, down.saved) == (404, False)
    assert names(tmp_path) == []


async def test_a_refused_upload_says_why(api: OneApi, file: Path) -> None:
    other = UploadTerms("image/png", "a.png", to="27821234567", sha256_hash="00" * 32)
    refused = await api.upload(file, other)
    assert (refused.http_status, refused.accepted, refused.file_id) == (400, False, None)
    assert refused.error is not None
    assert refused.error.code == 23


async def test_what_the_client_encrypted_comes_down_unchecked(api: OneApi, file: Path) -> None:
    up = await api.upload(file, TERMS)
    target = file.with_name("again.png")
    wanted = Wanted(up.file_id or "", "the hash of something else", client_encrypted=True)
    down = await api.download(wanted, target)
    assert (down.saved, down.verified) == (True, False)
    assert target.read_bytes() == CONTENT


async def test_a_download_replaces_what_a_link_leads_to(api: OneApi, file: Path) -> None:
    up = await api.upload(file, TERMS)
    target, link = file.with_name("target"), file.with_name("link")
    target.write_bytes(b"old")
    link.symlink_to(target)
    assert (await api.download(Wanted(up.file_id or "", HASH), link)).saved
    assert link.is_symlink()
    assert target.read_bytes() == CONTENT


async def test_thirty_megabytes_are_taken_and_a_byte_more_never_leaves(
    api: OneApi, running: RunningSimulator, tmp_path: Path
) -> None:
    path = tmp_path / "big.bin"
    path.touch()
    with path.open("r+b") as big:
        big.truncate(MOST_BYTES + 1)
    with pytest.raises(MediaFileError, match=r"30,000,001 bytes, the provider takes 30,000,000"):
        await api.upload(path, TERMS)
    assert running.client.requests() == []
    with path.open("r+b") as big:
        big.truncate(MOST_BYTES)
    assert (await api.upload(path, TERMS)).http_status == 201


@pytest.mark.parametrize(
    ("name", "problem"),
    [("nowhere", "no such file"), (".", "not a file"), ("empty", "the file is empty")],
)
async def test_what_cannot_be_sent_is_told_without_its_name(
    api: OneApi, tmp_path: Path, name: str, problem: str
) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(MediaFileError, match=problem) as caught:
        await api.upload(tmp_path / name, TERMS)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("target", ["missing/folder", "/dev/full", "."])
async def test_what_cannot_be_written_is_found_before_anything_is_asked_for(
    api: OneApi, running: RunningSimulator, tmp_path: Path, target: str
) -> None:
    with pytest.raises(MediaFileError):
        await api.download(Wanted("file", HASH), tmp_path / target)
    assert running.client.requests() == []


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("voice.opus", "audio/ogg"),
        ("sticker.webp", "image/webp"),
        ("paper.pdf", "application/pdf"),
        ("letter", None),
        ("archive.tar.gz", None),
        ("notes.qqq", None),
    ],
)
def test_a_content_type_is_guessed_from_the_ending_alone(name: str, content_type: str) -> None:
    assert guessed_content_type(name) == content_type


@pytest.mark.parametrize(("to", "broadcast"), [(None, False), ("", False), ("27821234567", True)])
def test_a_file_is_for_one_recipient_or_for_all(to: str | None, broadcast: bool) -> None:
    with pytest.raises(ValueError, match="either the one recipient"):
        UploadTerms("image/png", "a.png", to=to, broadcast_allowed=broadcast)


ENCRYPTED = UploadTerms("image/png", "a.png", broadcast_allowed=True, encryption_key="a2V5")


@pytest.mark.parametrize(
    ("terms", "sent"),
    [
        (TERMS, HASH),
        (ENCRYPTED, None),
        (replace(ENCRYPTED, encryption_key=None, encryption_cipher="c"), None),
        (replace(ENCRYPTED, sha256_hash="AB" * 32), "ab" * 32),
        (replace(ENCRYPTED, sha256_hash=b64encode(b"\xab" * 32).decode()), "ab" * 32),
    ],
    ids=["plain", "encrypted", "cipher", "hexadecimal", "base64"],
)
def test_the_hash_is_of_the_file_before_it_was_encrypted(
    terms: UploadTerms, sent: str | None
) -> None:
    assert terms.query(HASH).get("sha256FileHash") == sent


def test_terms_have_a_hash_or_none() -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        replace(TERMS, sha256_hash="ab")


async def test_what_the_client_encrypted_goes_up_with_the_hash_of_something_else(
    api: OneApi, file: Path
) -> None:
    up = await api.upload(file, replace(ENCRYPTED, sha256_hash="ab" * 32))
    assert (up.http_status, up.accepted) == (201, True)


@pytest.mark.parametrize("api_id", ["", ".", "..", "\udcff"])
async def test_an_id_that_no_address_can_hold_is_asked_for_by_nobody(
    api: OneApi, api_id: str
) -> None:
    asked = 0

    async def metadata() -> MetadataAnswer:
        nonlocal asked
        asked += 1
        return await api.metadata(api_id)

    with pytest.raises(Unaddressable):
        await ask_patiently(metadata)
    assert asked == 1
    with pytest.raises(Unaddressable):
        await api.status(api_id)


@pytest.mark.parametrize("api_id", ["...", "a/../b", "?", "#", "%2E%2E", "ä"])
async def test_other_ids_are_asked_for_as_they_are(api: OneApi, api_id: str) -> None:
    assert (await api.metadata(api_id)).http_status == 404
    assert (await api.status(api_id)).http_status == 200


@pytest.mark.parametrize("digest", ["", "00", "zz" * 32, HASH + "0", "YWJj"])
def test_a_hash_that_is_none_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="hash"):
        Wanted("file", digest)
