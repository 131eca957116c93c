"""Imports that do not reach the end: killed, interrupted, or the store goes away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def half_done(
    server: PrivateServer, store: Store, people: Path, account: str
) -> Iterator[subprocess.Popen[str]]:
    """An import as a process, once some rows are in and others are not."""
    command = [sys.executable, "-m", "bulkwire_cli", "import", str(people), *OPTIONS]
    env = {**os.environ, "BULKWIRE_REDIS_URL": server.url, "BULKWIRE_ACCOUNT": account}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            wait_until(lambda: total(store, account) > 1_000, timeout=30)
            yield process
        finally:
            server.resume()
            process.kill()


def finished(server: PrivateServer, people: Path, account: str) -> str:
    env = {**os.environ, "BULKWIRE_REDIS_URL": server.url, "BULKWIRE_ACCOUNT": account}
    command = [sys.executable, "-m", "bulkwire_cli", "import", str(people), *OPTIONS, "--json"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_an_import_that_was_killed_is_finished_by_running_it_again(
    server: PrivateServer, store: Store, people: Path
) -> None:
    with half_done(server, store, people, "killed") as process:
        process.kill()
        process.wait()
    before = total(store, "killed")
    assert 1_000 < before < ROWS
    said = finished(server, people, "killed")
    assert total(store, "killed") == ROWS
    assert f'"queued": {ROWS - before}' in said
    assert f'"already_there": {before}' in said


def test_ctrl_c_says_how_far_it_got(server: PrivateServer, store: Store, people: Path) -> None:
    with half_done(server, store, people, "stopped") as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped after line" in said
    assert "nothing is added twice" in said
    finished(server, people, "stopped")
    assert total(store, "stopped") == ROWS


def test_a_store_that_goes_away_ends_it_with_1_and_the_next_run_goes_on(
    server: PrivateServer, store: Store, people: Path
) -> None:
    with half_done(server, store, people, "away") as process:
        server.pause()
        out, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Redis cannot be reached" in said
    assert "Run the same import again to go on" in said
    assert "rows in" in out
    finished(server, people, "away")
    assert total(store, "away") == ROWS
