"""`bulkwire worker` on servers that it must not, or not yet, use."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bulkwire_cli.private_server import start_private_server
from support import wait_until

STARTS_WITHIN_S = 90


@contextmanager
def worker(redis_url: str, folder: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker whose output goes to the file `log` in `folder`."""
    settings = {"REDIS_URL": redis_url, "API_KEY": "key", "API_URL": "http://127.0.0.1:1", **more}
    env = {name: value for name, value in os.environ.items() if not name.startswith("BULKWIRE_")}
    env |= {f"BULKWIRE_{name}": value for name, value in settings.items()}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "bulkwire_cli", "worker", "--senders", "1"]
        process = subprocess.Popen(
            command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--maxmemory-policy", "allkeys-lru"), "set maxmemory-policy noeviction"),
        (("--replicaof", "127.0.0.1", "1"), "must name the primary"),
    ],
)
def test_a_server_that_loses_messages_or_refuses_them_is_bad_input(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    with (
        start_private_server(extra_args=options) as server,
        worker(server.url, tmp_path) as process,
    ):
        assert process.wait(STARTS_WITHIN_S) == 2
    output = (tmp_path / "log").read_text()
    assert told in output
    assert output.startswith("bulkwire: the server of BULKWIRE_REDIS_URL: ")
    assert len(output.splitlines()) == 1


def test_a_server_without_an_append_only_file_is_warned_of(tmp_path: Path) -> None:
    with start_private_server() as server, worker(server.url, tmp_path):
        wait_until(lambda: "set appendonly yes" in log(tmp_path), STARTS_WITHIN_S, "the warning")


@pytest.fixture
def broker_url() -> Iterator[str]:
    with start_private_server() as broker:
        yield broker.url


def test_a_worker_waits_for_its_server_and_looks_at_it_then(
    tmp_path: Path, broker_url: str
) -> None:
    with start_private_server() as server:
        server.kill()
        with worker(server.url, tmp_path, BROKER_URL=broker_url) as process:
            wait_until(lambda: "[queues]" in log(tmp_path), STARTS_WITHIN_S, "the worker")
            server.restart()
            wait_until(lambda: "no append-only file" in log(tmp_path), 60, "a look at the server")
            assert process.poll() is None


def test_a_server_that_evicts_and_comes_later_ends_the_worker(
    tmp_path: Path, broker_url: str
) -> None:
    with start_private_server(extra_args=("--maxmemory-policy", "volatile-lru")) as server:
        server.kill()
        with worker(server.url, tmp_path, BROKER_URL=broker_url) as process:
            wait_until(lambda: "[queues]" in log(tmp_path), STARTS_WITHIN_S, "the worker")
            server.restart()
            assert process.wait(60) == 1
    assert log(tmp_path).count("server_refused") == 1
    assert "set maxmemory-policy noeviction" in log(tmp_path)


def log(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")
