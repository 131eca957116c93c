"""A command whose standard output is full, closed, or in an encoding that lacks a character."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "bulkwire_cli"]
FULL = Path("/dev/full")


def run_in_shell(redis_url: str, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`line`, in which `$bulkwire` is the command."""
    environment = {**os.environ, "BULKWIRE_REDIS_URL": redis_url, **more}
    words = ["bash", "-c", line.replace("$bulkwire", '"$@"'), "bash", *COMMAND]
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("command", ["status", "status --json", "dead export"])
def test_a_full_disk_is_one_sentence(redis_url: str, command: str) -> None:
    done = run_in_shell(redis_url, f"$bulkwire {command} >/dev/full")
    assert done.returncode == 1
    assert "bulkwire: cannot write, no space left on device: make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault(redis_url: str, closed: str) -> None:
    done = run_in_shell(redis_url, f"$bulkwire status {closed}")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_an_encoding_lacks_is_printed_as_a_question_mark(
    redis_url: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("to\n" + "1\n" * 30, encoding="utf-8")
    line = f"$bulkwire import {people} --campaign spring --text Hi"
    done = run_in_shell(redis_url, line, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "? and 10 more" in done.stdout
    assert "Traceback" not in done.stderr
