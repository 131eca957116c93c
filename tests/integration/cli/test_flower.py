"""`bulkwire flower`, as a process."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from support import wait_until
from support.cli import Command

COMMAND = [sys.executable, "-m", "bulkwire_cli", "flower"]


@dataclass(frozen=True)
class Flower:
    """Flower as it runs."""

    port: int
    process: "subprocess.Popen[str]"

    def first_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def answer(self, path: str, *login: str) -> int | None:
        """The HTTP status; None while nobody answers."""
        assert self.process.poll() is None, "Flower has ended"
        auth = httpx.BasicAuth(*login) if login else None
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            return httpx.get(url, auth=auth, trust_env=False, timeout=30).status_code
        except httpx.TransportError:
            return None


@contextmanager
def flower(redis_url: str, folder: Path, **settings: str) -> Iterator[Flower]:
    """Flower on a port of its own, up and healthy."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "BULKWIRE_REDIS_URL": redis_url, **settings}
    with subprocess.Popen(
        [*COMMAND, "--port", str(port)],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            running = Flower(port, process)
            wait_until(lambda: running.answer("/healthcheck") == 200)
            yield running
        finally:
            process.kill()


def test_flower_asks_for_the_login_that_it_printed_and_ends_on_sigterm(
    redis_url: str, tmp_path: Path
) -> None:
    with flower(redis_url, tmp_path) as running:
        found = re.search(r"login: (\S+) / (\S{16})$", running.first_line())
        assert found is not None
        user, password = found.groups()
        assert user == "bulkwire"
        assert running.answer("/workers") == 401
        assert running.answer("/api/workers") == 401
        assert running.answer("/workers", user, "wrong") == 401
        assert running.answer("/workers", user, password) == 200

        process = psutil.Process(running.process.pid)
        assert password not in " ".join(process.cmdline())
        listening = [one.laddr.ip for one in process.net_connections() if one.status == "LISTEN"]
        assert listening == ["127.0.0.1"]

        running.process.terminate()
        assert running.process.wait(60) == 0
        assert running.first_line() == ""
    assert list(tmp_path.iterdir()) == []


def test_a_login_that_is_set_is_used_and_not_printed(redis_url: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BULKWIRE_FLOWER_PASSWORD=from-the-file, with: signs\n")
    with flower(redis_url, tmp_path, BULKWIRE_FLOWER_USER="anna") as running:
        assert "from-the-file" not in running.first_line()
        assert running.answer("/workers", "anna", "from-the-file, with: signs") == 200
        assert running.answer("/workers", "bulkwire", "from-the-file, with: signs") == 401


@pytest.mark.parametrize("option", ["--adress=0.0.0.0", "--nonsense"])
def test_an_option_that_flower_does_not_know_is_bad_usage(bulkwire: Command, option: str) -> None:
    done = bulkwire("flower", option)
    assert done.code == 2
    assert "Flower has no option" in done.err
