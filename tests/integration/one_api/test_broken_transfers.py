"""Uploads and downloads that break on the way: told as what they are, and no half file is left."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.downloading import Wanted
from bulkwire_workers.one_api.errors import ConnectFailed, ProviderError, ReadFailed
from bulkwire_workers.one_api.media import (
    DownloadAnswer,
    MediaAnswer,
    MediaFileError,
    UploadTerms,
)
from bulkwire_workers.one_api.wire import WireOptions
from support.one_api_attempt import KEY, NO_ANSWER, PATIENT, Run
from support.raw_server import Behaviour, Connection, RawServer
from support.waiting import wait_until

CONTENT = b"0123456789abcdef" * 20_000
HASH = sha256(CONTENT).hexdigest()
WANTED = Wanted("f1", HASH)
TERMS = UploadTerms("image/png", "secret name.png", to="27821234567")
CREATED = b'HTTP/1.1 201 Created\r\nContent-Length: 33\r\n\r\n{"fileId":"f1","accepted":true}  '
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def answering(*pieces: bytes, hang: bool = False, reset: bool = False) -> Behaviour:
    def behave(connection: Connection) -> None:
        connection.read_request()
        for piece in pieces:
            connection.answer(piece)
        if hang:
            connection.read_until_hang_up()
        if reset:
            connection.reset()

    return behave


def sized(body: bytes, *, length: int | None = None, status: bytes = b"200 OK") -> bytes:
    size = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, size) + body


async def download(url: str, target: Path, *, options: WireOptions = PATIENT) -> DownloadAnswer:
    async with OneApi(url, KEY, options=options) as api:
        return await api.download(WANTED, target)


async def upload(url: str, path: Path, *, options: WireOptions = PATIENT) -> MediaAnswer:
    async with OneApi(url, KEY, options=options) as api:
        return await api.upload(path, TERMS)


@dataclass(frozen=True)
class Broken:
    name: str
    behave: Behaviour
    fault: str
    options: WireOptions = PATIENT


BROKEN = [
    Broken("cut off", answering(sized(CONTENT[:-1], length=len(CONTENT))), "protocol_garbage"),
    Broken(
        "stalls",
        answering(sized(b"01234", length=len(CONTENT)), hang=True),
        "read_timeout",
        NO_ANSWER,
    ),
    Broken("reset", answering(sized(b"01234", length=500_000), reset=True), "read_reset"),
    Broken("cut chunk", answering(CHUNKED + b"ff\r\n0123"), "protocol_garbage"),
    Broken("other content", answering(sized(CONTENT[:-1] + b"!")), "wrong_hash"),
    Broken("too little without a length", answering(b"HTTP/1.1 200 OK\r\n\r\n0123"), "wrong_hash"),
    Broken("empty", answering(sized(b"")), "wrong_hash"),
    Broken("a page", answering(sized(b"<html>Welcome</html>")), "wrong_hash"),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_broken_download_leaves_what_was_there(case: Broken, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "photo.png"
    target.write_bytes(b"what was there before")
    with RawServer(case.behave) as server:
        answer = run(download(server.url, target, options=case.options))
    assert (answer.http_status, answer.saved, answer.fault) == (200, False, case.fault)
    assert target.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_slow_download_that_goes_on_is_taken(run: Run, tmp_path: Path) -> None:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.answer(CHUNKED)
        for begin in range(0, len(CONTENT), 80_000):
            piece = CONTENT[begin : begin + 80_000]
            connection.released.wait(0.5)  # together longer than the read timeout
            connection.answer(b"%x\r\n" % len(piece) + piece + b"\r\n")
        connection.answer(b"0\r\n\r\n")

    with RawServer(behave) as server:
        assert run(download(server.url, tmp_path / "photo.png", options=NO_ANSWER)).saved
    assert (tmp_path / "photo.png").read_bytes() == CONTENT


def test_an_answer_without_end_does_not_fill_the_disk(run: Run, tmp_path: Path) -> None:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(120):
            connection.sock.sendall(bytes(1_000_000))  # raises once the client hangs up

    with RawServer(behave) as server:
        assert run(download(server.url, tmp_path / "endless")).fault == "too_large"
    assert list(tmp_path.iterdir()) == []


def test_a_refused_download_is_read_like_any_refusal(run: Run, tmp_path: Path) -> None:
    body = b'{"accepted":false,"error":{"code":23,"description":"which"}}'
    with RawServer(answering(sized(body, status=b"400 Bad Request"))) as server:
        answer = run(download(server.url, tmp_path / "photo.png"))
    assert (answer.http_status, answer.saved, answer.accepted) == (400, False, False)
    assert answer.error.code == 23
    assert b"fileId=f1&sha256Hash=" + HASH.encode() in server.received
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("behave", [answering(), answering(reset=True)], ids=["closed", "reset"])
def test_a_download_without_an_answer_is_a_provider_error(
    behave: Behaviour, run: Run, tmp_path: Path
) -> None:
    with RawServer(behave) as server, pytest.raises(ReadFailed):
        run(download(server.url, tmp_path / "photo.png"))
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_download_leaves_nothing(run: Run, tmp_path: Path) -> None:
    async def cancel(url: str) -> None:
        patient = WireOptions(pools=1)
        task = asyncio.create_task(download(url, tmp_path / "photo.png", options=patient))
        await asyncio.to_thread(
            wait_until, lambda: any(part.stat().st_size for part in tmp_path.iterdir())
        )
        task.cancel()
        await asyncio.wait({task}, timeout=60)
        assert task.cancelled()

    with RawServer(answering(sized(b"01234", length=500), hang=True)) as server:
        run(cancel(server.url))
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import asyncio, sys
from pathlib import Path
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.downloading import Wanted
from bulkwire_workers.one_api.media import MediaFileError
async def main():
    async with OneApi(sys.argv[1], "key") as api:
        try:
            await api.download(Wanted("f1", sys.argv[2]), Path(sys.argv[3]))
        except MediaFileError as error:
            print(error)
asyncio.run(main())
"""


def test_a_disk_that_is_full_is_our_trouble_and_not_the_providers(tmp_path: Path) -> None:
    """A process that may write 100,000 bytes to a file and no more."""
    with RawServer(answering(sized(CONTENT))) as server:
        done = subprocess.run(
            [sys.executable, "-c", FULL_DISK, server.url, HASH, str(tmp_path / "photo.png")],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert done.stdout.startswith("it cannot be written, file too large")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret name.png"
    path.write_bytes(CONTENT)
    return path


def test_an_upload_sends_length_type_hash_and_all_of_the_file(run: Run, file: Path) -> None:
    with RawServer(answering(CREATED)) as server:
        answer = run(upload(server.url, file))
        server.settle()
    assert (answer.http_status, answer.file_id, answer.accepted) == (201, "f1", True)
    head, _, body = server.received.partition(b"\r\n\r\n")
    assert body == CONTENT
    assert b"POST /v1/media?fileName=secret%20name.png&to=27821234567&" in head
    assert f"sha256FileHash={HASH}".encode() in head
    assert b"Content-Type: image/png\r\n" in head
    assert b"Content-Length: %d" % len(CONTENT) in head
    assert b"chunked" not in head.lower()


def test_a_refusal_before_the_end_of_the_upload_is_still_read(run: Run, tmp_path: Path) -> None:
    def behave(connection: Connection) -> None:
        while b"\r\n\r\n" not in connection.received:
            connection.received += connection.sock.recv(65536)
        connection.answer(sized(b"", status=b"401 Unauthorized"))
        connection.read_until_hang_up()

    path = tmp_path / "big.bin"
    path.write_bytes(bytes(3_000_000))
    with RawServer(behave) as server:
        assert run(upload(server.url, path)).http_status == 401


@pytest.mark.parametrize(
    ("behave", "reason", "options"),
    [
        (answering(), "server_closed", PATIENT),
        (answering(reset=True), "read_reset", PATIENT),
        (answering(hang=True), "read_timeout", NO_ANSWER),
    ],
)
def test_an_upload_without_an_answer_may_have_arrived(
    behave: Behaviour, reason: str, options: WireOptions, run: Run, file: Path
) -> None:
    with RawServer(behave) as server, pytest.raises(ProviderError) as caught:
        run(upload(server.url, file, options=options))
    assert caught.value.may_have_left
    assert caught.value.reason == reason
    assert "secret" not in repr(caught.value)


def test_an_upload_to_nobody_is_not_sent(run: Run, file: Path) -> None:
    with pytest.raises(ConnectFailed):
        run(upload("http://127.0.0.1:1", file))


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(CONTENT[:-5]),
        lambda path: path.write_bytes(CONTENT[:-5] + b"other"),
    ],
    ids=["shorter", "other content"],
)
def test_a_file_that_changes_while_it_is_sent_never_arrives_whole(
    change: Callable[[Path], int], run: Run, file: Path
) -> None:
    def after_the_first_piece(_done: int, _all: int | None) -> None:
        change(file)

    async def change_under_way(url: str) -> None:
        async with OneApi(url, KEY, options=PATIENT) as api:
            await api.upload(file, TERMS, progress=after_the_first_piece)

    with RawServer(answering(CREATED)) as server:
        with pytest.raises(MediaFileError, match="changed while it was sent"):
            run(change_under_way(server.url))
        server.settle()
    head, _, body = server.received.partition(b"\r\n\r\n")
    assert head
    assert len(body) < len(CONTENT)
