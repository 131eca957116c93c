"""`bulkwire media` and `bulkwire read-receipt`, with the simulator."""

import os
import pty
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bulkwire_cli.simulator.process import RunningSimulator
from support.cli import Command
from support.raw_server import Connection, RawServer
from support.simulated_api import KEY
from support.waiting import wait_until

CONTENT = b"\x89PNG not really" * 10_000
HASH = sha256(CONTENT).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "summer sale.png"
    path.write_bytes(CONTENT)
    return path


def test_what_goes_up_is_shown_and_comes_down(
    bulkwire: Command, provider: RunningSimulator, file: Path, tmp_path: Path
) -> None:
    uploaded = bulkwire("media", "upload", str(file), "--broadcast")
    assert (uploaded.code, uploaded.err) == (0, "")
    file_id = uploaded.out.strip()
    shown = bulkwire("media", "show", file_id)
    assert "29 d from now" in shown.out or "30 d from now" in shown.out
    assert "for any recipient" in shown.out
    target = tmp_path / "again.png"
    download = ("media", "download", file_id, "--sha256", HASH, "--output", str(target))
    assert "its hash is right" in bulkwire(*download).out
    assert target.read_bytes() == CONTENT
    again = bulkwire(*download)
    assert again.code == 2
    assert "is there already" in again.err


def test_every_answer_has_a_document(
    bulkwire: Command, provider: RunningSimulator, file: Path, tmp_path: Path
) -> None:
    upload = bulkwire("media", "upload", str(file), "--to", "+27 82 123 4567", "--json").json
    assert (upload["account"], upload["broadcast_allowed"]) == ("default", False)
    shown = bulkwire("media", "show", upload["file_id"], "--json").json
    left = datetime.fromisoformat(shown["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert shown["broadcast_allowed"] is False
    options = ("--sha256", HASH, "--output", str(tmp_path / "a"), "--json")
    saved = bulkwire("media", "download", upload["file_id"], *options).json
    assert (saved["size"], saved["verified"]) == (len(CONTENT), True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "give --broadcast, or --to"),
        (("--broadcast", "--to", "+27821234567"), "give --broadcast, or --to"),
        (("--to", "12"), "write it with + and the country code"),
        (("--broadcast", "--content-type", "jpeg"), "write it like image/jpeg"),
        (("--broadcast", "--sha256", HASH), "it goes with --encryption-key"),
        (("--broadcast", "--encryption-key", "a2V5", "--sha256", "00"), "is not a SHA-256"),
    ],
)
def test_a_wrong_upload_is_refused_before_anything_is_sent(
    bulkwire: Command, provider: RunningSimulator, file: Path, options: tuple[str, ...], said: str
) -> None:
    done = bulkwire("media", "upload", str(file), *options)
    assert done.code == 2
    assert said in " ".join(done.err.replace("│", " ").split())
    assert provider.client.requests() == []


def test_what_is_encrypted_goes_up_with_the_hash_of_what_it_was(
    bulkwire: Command, provider: RunningSimulator, file: Path
) -> None:
    upload = ("media", "upload", str(file), "--broadcast", "--encryption-key", "a2V5")
    assert bulkwire(*upload).code == 0
    assert bulkwire(*upload, "--sha256", "ab" * 32).code == 0


def test_a_file_without_a_type_needs_one(
    bulkwire: Command, provider: RunningSimulator, tmp_path: Path
) -> None:
    path = tmp_path / "letter"
    path.write_bytes(b"Dear all")
    done = bulkwire("media", "upload", str(path), "--broadcast")
    assert done.code == 2
    assert "--content-type" in done.err
    typed = bulkwire("media", "upload", str(path), "--broadcast", "--content-type", "text/plain")
    assert typed.code == 0


def test_a_file_that_is_too_big_or_not_there_is_told_by_the_name_that_was_typed(
    bulkwire: Command, provider: RunningSimulator, tmp_path: Path
) -> None:
    big = tmp_path / "big.png"
    big.touch()
    os.truncate(big, 30_000_001)
    done = bulkwire("media", "upload", str(big), "--broadcast")
    assert done.code == 2
    assert "big.png: the file has 30,000,001 bytes, the provider takes 30,000,000" in done.err
    missing = bulkwire("media", "upload", str(tmp_path / "no.png"), "--broadcast")
    assert missing.code == 2
    assert "no.png: it cannot be read, no such file or directory" in missing.err
    assert provider.client.requests() == []


@pytest.mark.parametrize("file_id", ["nowhere", "..", "."])
def test_a_file_that_is_not_there_is_said_so(
    bulkwire: Command, provider: RunningSimulator, tmp_path: Path, file_id: str
) -> None:
    shown = bulkwire("media", "show", file_id)
    assert (shown.code, shown.out) == (1, "")
    assert "there is no such file, or it has expired" in shown.err
    target = tmp_path / "a"
    down = bulkwire("media", "download", "nowhere", "--sha256", HASH, "-o", str(target))
    assert down.code == 1
    assert not target.exists()


def test_a_key_that_is_refused_is_not_shown(
    bulkwire: Command, provider: RunningSimulator, file: Path
) -> None:
    provider.client.set_scenario({"account": {"bad_keys": [KEY]}})
    done = bulkwire("media", "upload", str(file), "--broadcast")
    assert done.code == 1
    assert "the key was refused: see BULKWIRE_API_KEY (HTTP 401, code 1)" in done.err
    assert KEY not in done.err


def test_nobody_there_is_said_so(
    bulkwire: Command, provider: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_API_URL", "http://127.0.0.1:1")
    done = bulkwire("media", "show", "f1")
    assert done.code == 1
    assert "no answer (connect_refused): see BULKWIRE_API_URL" in done.err


def test_an_account_without_a_key_is_said_so(bulkwire: Command, provider: RunningSimulator) -> None:
    done = bulkwire("media", "show", "f1", "--account", "nobody")
    assert done.code == 1
    assert "no key for account nobody here: there are default" in done.err


def test_a_hash_that_is_none_is_refused(
    bulkwire: Command, provider: RunningSimulator, tmp_path: Path
) -> None:
    done = bulkwire("media", "download", "f1", "--sha256", "abc", "-o", str(tmp_path / "a"))
    assert done.code == 2
    assert provider.client.requests() == []


def test_a_hash_of_something_else_is_named(
    bulkwire: Command, provider: RunningSimulator, file: Path, tmp_path: Path
) -> None:
    file_id = bulkwire("media", "upload", str(file), "--broadcast").out.strip()
    other = sha256(b"something else").hexdigest()
    target = tmp_path / "a"
    done = bulkwire("media", "download", file_id, "--sha256", other, "-o", str(target))
    assert done.code == 1
    assert "check them, --sha256 first (HTTP 400, code 23)" in done.err
    assert not target.exists()


def test_what_comes_with_another_hash_is_named(
    bulkwire: Command, provider: RunningSimulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n01234")

    with RawServer(behave) as server:
        monkeypatch.setenv("BULKWIRE_API_URL", server.url)
        words = ("media", "download", "f1", "--sha256", HASH, "-o", str(tmp_path / "a"))
        done = bulkwire(*words)
    assert done.code == 1
    assert "what came has another hash than --sha256 says" in done.err


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_asked(
    bulkwire: Command, provider: RunningSimulator, tmp_path: Path
) -> None:
    place = tmp_path / "nowhere" / "photo.png"
    done = bulkwire("media", "download", "f1", "--sha256", HASH, "-o", str(place))
    assert done.code == 2
    assert "photo.png cannot be written, there is no such folder" in done.err
    assert provider.client.requests() == []


def test_a_file_goes_to_standard_output_once_its_hash_is_right(
    bulkwire: Command, provider: RunningSimulator, redis_url: str, file: Path, tmp_path: Path
) -> None:
    file_id = bulkwire("media", "upload", str(file), "--broadcast").out.strip()

    def download(digest: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        words = ["media", "download", file_id, "--sha256", digest, "--output", "-", *options]
        return subprocess.run(
            [sys.executable, "-m", "bulkwire_cli", *words],
            env=os.environ | {"BULKWIRE_REDIS_URL": redis_url, "TMPDIR": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )

    before = set(tmp_path.iterdir())
    done = download(HASH)
    assert (done.returncode, done.stdout) == (0, CONTENT)
    assert b"its hash is right" in done.stderr
    wrong = download(sha256(b"something else").hexdigest())
    assert (wrong.returncode, wrong.stdout) == (1, b"")
    both = download(HASH, "--json")
    assert (both.returncode, both.stdout) == (2, b"")
    assert set(tmp_path.iterdir()) == before


def test_a_terminal_gets_a_bar(provider: RunningSimulator, redis_url: str, file: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run(
            [sys.executable, "-m", "bulkwire_cli", "media", "upload", str(file), "--broadcast"],
            env=os.environ | {"BULKWIRE_REDIS_URL": redis_url, "TERM": "xterm"},
            stderr=theirs,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
        )
        os.close(theirs)
        shown = terminal.read(65_536)
    assert b"Uploading summer sale.png" in shown
    assert len(done.stdout.split()) == 1


def test_ctrl_c_ends_a_download_without_a_trace(redis_url: str, tmp_path: Path) -> None:
    def behave(connection: Connection) -> None:
        connection.read_request()
        connection.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n01234")
        connection.read_until_hang_up()

    folder = tmp_path / "downloads"
    folder.mkdir()
    words = ["media", "download", "f1", "--sha256", HASH, "-o", str(folder / "photo.png")]
    with RawServer(behave) as server:
        settings = {"BULKWIRE_REDIS_URL": redis_url, "BULKWIRE_API_URL": server.url}
        process = subprocess.Popen(
            [sys.executable, "-m", "bulkwire_cli", *words],
            env=os.environ | settings | {"BULKWIRE_API_KEY": KEY},
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            wait_until(lambda: any(p.stat().st_size for p in folder.iterdir()))
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list(folder.iterdir()) == []


def test_messages_are_reported_as_read(bulkwire: Command, provider: RunningSimulator) -> None:
    done = bulkwire("read-receipt", "in-1", "in-2")
    assert (done.code, done.out) == (0, "2 messages reported as read.\n")
    document = bulkwire("read-receipt", "in-1", "--json").json
    assert (document["accepted"], document["refused"]) == (1, 0)
    assert document["receipts"][0]["event_id"]


def test_a_refused_receipt_is_told_and_ends_with_1(
    bulkwire: Command, provider: RunningSimulator
) -> None:
    provider.client.set_scenario({"account": {"bad_keys": [KEY]}})
    ids = [f"in-{number}" for number in range(101)]
    done = bulkwire("read-receipt", *ids, "--json")
    assert done.code == 1
    problems = [one["problem"] for one in done.json["receipts"]]
    assert "the key was refused" in problems[0]
    assert problems[100] == "not sent, as the request before it failed"
    assert "in-0: the key was refused" in done.err
    assert bulkwire("read-receipt", "a", " ").code == 2
