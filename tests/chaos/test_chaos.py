"""A small run of chaos: real processes, every kind of fault, nothing lost and nothing doubled."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import wait_until
from support.relatives import Relatives
from support.worker import AS_THE_TESTS_END

ENDS_WITHIN_S = 900
LEAVES_WITHIN_S = 60


@dataclass(frozen=True)
class Command:
    """A running `bulkwire chaos`."""

    process: subprocess.Popen[str]
    relatives: Relatives


@pytest.fixture
def run(tmp_path: Path) -> Iterator[list[Command]]:
    """Commands to end, however the test ends."""
    running: list[Command] = []
    yield running
    for command in running:
        command.process.kill()
        command.process.communicate()
        command.relatives.kill()


def start(running: list[Command], folder: Path, *options: str) -> Command:
    relatives = Relatives()
    arguments = ("chaos", "--json", "--logs", str(folder), *options)
    process = subprocess.Popen(
        [sys.executable, "-c", AS_THE_TESTS_END, *arguments],
        env=relatives.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    running.append(Command(process, relatives))
    return running[-1]


@pytest.mark.timeout(ENDS_WITHIN_S + 60)
def test_nothing_is_lost_or_doubled_while_everything_is_killed(
    run: list[Command], tmp_path: Path
) -> None:
    options = ("--messages", "3000", "--worker-kills", "8", "--redis-kills", "2", "--seed", "7")
    command = start(run, tmp_path, *options)
    output, _ = command.process.communicate(timeout=ENDS_WITHIN_S)
    report = json.loads(output)
    # How soon things went on is judged, too, by the command; a slow machine is no defect here.
    assert command.process.returncode == (0 if report["ok"] else 1)
    assert report["conserved"] is True, output + (tmp_path / "faults.log").read_text()
    assert report["faults_missing"] == 0
    assert report["lost"] == report["doubled"] == []
    assert report["audit"] is True
    assert report["records"] == 3000
    counts = {kind: faults["count"] for kind, faults in report["faults"].items()}
    assert counts.pop("kill-worker") + counts.pop("kill-child") == 8
    assert counts.pop("kill-redis") == 2
    assert len(counts) > 15
    assert set(counts.values()) == {1}
    assert report["in_doubt"] + report["resent_by_decision"] <= report["in_doubt_bound"]
    wait_until(lambda: not command.relatives.running(), LEAVES_WITHIN_S, "the end of everything")


@pytest.mark.timeout(300)
def test_what_it_started_ends_when_it_is_killed(run: list[Command], tmp_path: Path) -> None:
    command = start(run, tmp_path, "--messages", "1000", "--only", "stop-worker")
    journal = tmp_path / "faults.log"
    wait_until(
        lambda: journal.exists() and "kind=stop-worker" in journal.read_text(),
        timeout=120,
        message="a worker being stopped",
    )
    time.sleep(0.2)  # within the seconds for which the worker's processes are stopped
    command.process.kill()
    command.process.wait()
    wait_until(lambda: not command.relatives.running(), LEAVES_WITHIN_S, "the end of everything")


def test_bad_options_start_nothing(run: list[Command], tmp_path: Path) -> None:
    command = start(run, tmp_path, "--only", "kill-everybody")
    command.process.communicate(timeout=60)
    assert command.process.returncode == 2
    assert not command.relatives.running()
