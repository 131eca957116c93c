"""What becomes of a private server whose parent is killed."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from bulkwire_cli.private_server import start_private_server
from support import wait_until

PARENT = """
import os, sys, time
from pathlib import Path
from bulkwire_cli.private_server import start_private_server
directory, forks = sys.argv[1], sys.argv[2] == "forks"
with start_private_server(Path(directory) if directory else None) as server:
    if forks and os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    print(server.pid, server.data_dir, flush=True)
    time.sleep(60)
"""


@dataclass(frozen=True)
class Family:
    """A process with a private server, and whatever else it started."""

    parent: subprocess.Popen[str]
    server: psutil.Process
    data_dir: Path


@pytest.fixture
def family(request: pytest.FixtureRequest) -> Iterator[Family]:
    directory, forks = getattr(request, "param", ("", "alone"))
    command = [sys.executable, "-c", PARENT, directory, forks]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, _, data_dir = parent.stdout.readline().strip().partition(" ")
        everyone = psutil.Process(parent.pid).children(recursive=True)
        try:
            yield Family(parent, psutil.Process(int(pid)), Path(data_dir))
        finally:
            parent.kill()
            for process in everyone:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            shutil.rmtree(data_dir, ignore_errors=True)


def has_ended(process: psutil.Process) -> bool:
    """True for a zombie too: it ended, and whoever inherited it has not looked yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_server_ends_when_its_parent_is_killed_and_its_temporary_data_go(
    family: Family,
) -> None:
    watchers = family.server.children()
    family.parent.kill()
    wait_until(lambda: has_ended(family.server), message="the end of the server")
    wait_until(lambda: not family.data_dir.exists(), message="the removal of its data")
    wait_until(lambda: all(map(has_ended, watchers)), message="the end of the watcher")


def test_a_stopped_server_ends_too(family: Family) -> None:
    family.server.suspend()
    family.parent.kill()
    wait_until(lambda: has_ended(family.server), message="the end of the server")


@pytest.mark.parametrize("family", [("", "forks")], indirect=True)
def test_a_forked_child_that_lives_on_does_not_keep_it_alive(family: Family) -> None:
    family.parent.kill()
    wait_until(lambda: has_ended(family.server), message="the end of the server")


def test_its_data_directory_can_be_used_again_afterwards(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path), "alone"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline().split()[0])
        server = psutil.Process(pid)
        parent.kill()
    wait_until(lambda: has_ended(server), message="the end of the server")
    with start_private_server(tmp_path) as successor:
        assert successor.is_running()
