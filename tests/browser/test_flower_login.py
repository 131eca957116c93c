"""Flower with our configuration file, in Chromium: what somebody at the screen gets to see."""

import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import bulkwire_config
from support import wait_until

pytestmark = pytest.mark.browser

CONFIG = Path(bulkwire_config.__file__).parent / "flowerconfig.py"


@dataclass(frozen=True)
class Flower:
    port: int
    process: "subprocess.Popen[bytes]"

    def url(self, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.port}"

    def is_up(self) -> bool:
        assert self.process.poll() is None, "Flower has ended"
        try:
            with urllib.request.urlopen(f"{self.url()}/healthcheck", timeout=1):
                return True
        except urllib.error.URLError:
            return False


@pytest.fixture
def flower(redis_url: str) -> Iterator[Flower]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "celery", "--broker", redis_url, "flower"]
    options = ["--address=127.0.0.1", f"--port={port}", f"--conf={CONFIG}"]
    login = {"BULKWIRE_FLOWER_USER": "anna", "BULKWIRE_FLOWER_PASSWORD": "secret"}
    with subprocess.Popen([*command, *options], env=login, stderr=subprocess.DEVNULL) as process:
        try:
            flower = Flower(port, process)
            wait_until(flower.is_up, timeout=30, message="Flower's health check")
            yield flower
        finally:
            process.kill()


def page(url: str, profile: Path) -> str:
    """The page at this address as Chromium renders it."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "run scripts/test --browser: it installs Chromium"
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    command = [chromium, *options, f"--user-data-dir={profile}", "--dump-dom", url]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, cwd=profile
    ).stdout


def test_with_the_login_the_workers_are_shown(flower: Flower, tmp_path: Path) -> None:
    html = page(f"{flower.url('anna:secret@')}/workers", tmp_path)
    assert 'id="workers-table"' in html


@pytest.mark.parametrize("login", ["", "anna:wrong@"])
def test_without_the_login_nothing_is_shown(flower: Flower, tmp_path: Path, login: str) -> None:
    html = page(f"{flower.url(login)}/workers", tmp_path)
    assert "workers-table" not in html
