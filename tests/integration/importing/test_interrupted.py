"""Imports that do not reach the end: killed, interrupted, or the store goes away."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bulkwire.store.keys import Keys
from bulkwire.store.record import read_counts
from bulkwire.store.runner import Store
from bulkwire_cli.private_server import PrivateServer, start_private_server
from support import wait_until

ROWS = 15_000
OPTIONS = ("--campaign", "spring", "--text", "Hi {{ first_name }}")


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    with start_private_server() as running:
        yield running


@pytest.fixture
def store(server: PrivateServer) -> Iterator[Store]:
    with Store(server.url) as store:
        yield store


@pytest.fixture
def people(tmp_path: Path) -> Path:
    rows = "".join(f"+2782{n:07d},N{n}\n" for n in range(ROWS))
    file = tmp_path / "people.csv"
    file.write_text(f"to,first_name\n{rows}")
    return file


def total(store: Store, account: str) -> int:
    return store.run(read_counts(Keys(account))).get("total", 0)


@dataclass(frozen=True)
class HalfDone:
    """An import that has read some rows, and waits for others."""

    process: subprocess.Popen[str]
    writing: int
    rest: bytes

    def go_on(self) -> None:
        os.write(self.writing, self.rest)


@contextmanager
def half_done(
    server: PrivateServer, store: Store, people: Path, account: str
) -> Iterator[HalfDone]:
    """An import as a process, once some rows are in and others are not."""
    rows, fifo = people.read_bytes(), people.with_suffix(".fifo")
    os.mkfifo(fifo)
    writing = os.open(fifo, os.O_RDWR)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)  # all of the rows, so that nothing blocks
    os.write(writing, rows[: len(rows) // 2])
    command = [sys.executable, "-m", "bulkwire_cli", "import", str(fifo), *OPTIONS]
    env = {**os.environ, "BULKWIRE_REDIS_URL": server.url, "BULKWIRE_ACCOUNT": account}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            wait_until(lambda: total(store, account) > 1_000)
            yield HalfDone(process, writing, rows[len(rows) // 2 :])
        finally:
            server.resume()
            process.kill()
            os.close(writing)


def finished(server: PrivateServer, people: Path, account: str) -> str:
    env = {**os.environ, "BULKWIRE_REDIS_URL": server.url, "BULKWIRE_ACCOUNT": account}
    command = [sys.executable, "-m", "bulkwire_cli", "import", str(people), *OPTIONS, "--json"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_an_import_that_was_killed_is_finished_by_running_it_again(
    server: PrivateServer, store: Store, people: Path
) -> None:
    with half_done(server, store, people, "killed") as found:
        found.process.kill()
        found.process.wait()
    before = total(store, "killed")
    assert 1_000 < before < ROWS
    said = finished(server, people, "killed")
    assert total(store, "killed") == ROWS
    assert f'"queued": {ROWS - before}' in said
    assert f'"already_there": {before}' in said


def test_ctrl_c_says_how_far_it_got(server: PrivateServer, store: Store, people: Path) -> None:
    with half_done(server, store, people, "stopped") as found:
        found.process.send_signal(signal.SIGINT)
        _, said = found.process.communicate(timeout=60)
    assert found.process.returncode == 130
    assert "stopped after line" in said
    assert "nothing is added twice" in said
    finished(server, people, "stopped")
    assert total(store, "stopped") == ROWS


def test_a_store_that_goes_away_ends_it_with_1_and_the_next_run_goes_on(
    server: PrivateServer, store: Store, people: Path
) -> None:
    with half_done(server, store, people, "away") as found:
        server.pause()
        found.go_on()
        out, said = found.process.communicate(timeout=60)
    assert found.process.returncode == 1
    assert "Redis cannot be reached" in said
    assert "Run the same import again to go on" in said
    assert "rows in" in out
    finished(server, people, "away")
    assert total(store, "away") == ROWS
