"""Run the simulator as a process of its own, which ends with the one that started it."""

import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from bulkwire_cli.simulator.client import SimulatorClient

__all__ = ["RunningSimulator", "SimulatorNotStartedError", "start_simulator"]

STOPS_WITHIN_S: Final = 5.0


class SimulatorNotStartedError(Exception):
    """The process ended, or did not answer in time; the text is what it said."""


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that answers at `url`."""

    url: str
    pid: int
    client: SimulatorClient


@contextmanager
def start_simulator(
    scenario: str = "smooth",
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    keepalive_s: float = 75.0,
    timeout_s: float = 60.0,
) -> Iterator[RunningSimulator]:
    """A simulator with a shipped scenario or a file, up and healthy; stopped on the way out.

    Raises SimulatorNotStartedError.
    """
    command = [sys.executable, "-m", "bulkwire_cli.simulator", "--exit-with-stdin"]
    command += ["--scenario", scenario, "--host", host, "--port", str(port)]
    command += ["--keepalive-seconds", str(keepalive_s)]
    # Its standard input is a pipe that we hold: it ends when we do, however we end.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A session of its own: Ctrl-C goes to us, and we end it after its clients.
        start_new_session=True,
    )
    try:
        url = _announced_url(process, time.monotonic() + timeout_s)
        with SimulatorClient(url) as client:
            _wait_until_healthy(client, time.monotonic() + timeout_s)
            yield RunningSimulator(url, process.pid, client)
    finally:
        _stop(process)


def _announced_url(process: subprocess.Popen[bytes], deadline: float) -> str:
    assert process.stdout is not None
    line = _first_line(process.stdout, deadline)
    if not line:
        msg = "the simulator did not start; its message stands on standard error"
        raise SimulatorNotStartedError(msg)
    url = json.loads(line)["url"]
    assert isinstance(url, str)
    return url


def _first_line(stdout: IO[bytes], deadline: float) -> bytes:
    """The first line, or nothing where it does not come in time or the process ended."""
    ready, _, _ = select.select([stdout], [], [], max(0.0, deadline - time.monotonic()))
    return stdout.readline() if ready else b""


def _wait_until_healthy(client: SimulatorClient, deadline: float) -> None:
    while not client.healthy():
        if time.monotonic() > deadline:
            msg = "the simulator was started and does not answer"
            raise SimulatorNotStartedError(msg)
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
