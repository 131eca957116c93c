"""The simulator as a process: how it starts, what it says, and that it always ends."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import SimulatorNotStartedError, start_simulator

HUNG_S = 60.0
COMMAND = [sys.executable, "-m", "bulkwire_cli.simulator", "--port", "0"]

PARENT = """
import time
from bulkwire_cli.simulator.process import start_simulator
with start_simulator() as simulator:
    print(simulator.pid, flush=True)
    time.sleep(60)
"""


def gone(pid: int, within_s: float = 60.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_it_answers_and_ends_with_the_block() -> None:
    with start_simulator("faults") as simulator:
        assert simulator.client.healthy()
        assert simulator.url.startswith("http://127.0.0.1:")
    assert gone(simulator.pid)


def test_a_bad_scenario_ends_it_with_2_and_one_line_per_fault(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("sed = 1\nlatency_ms = 5\n")
    result = subprocess.run(
        [*COMMAND, "--scenario", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{file}: latency_ms: ")
    assert lines[1].startswith(f"{file}: sed: no such key")


def test_a_port_that_is_taken_ends_it_with_1_and_says_so() -> None:
    with start_simulator() as simulator:
        port = simulator.url.rsplit(":", 1)[1]
        result = subprocess.run(
            [*COMMAND[:-1], port], capture_output=True, text=True, timeout=60, check=False
        )
    assert result.returncode == 1
    assert result.stderr.startswith(f"127.0.0.1:{port}: cannot listen")
    assert len(result.stderr.splitlines()) == 1


def test_a_simulator_that_cannot_start_is_reported_not_waited_for(tmp_path: Path) -> None:
    with (
        pytest.raises(SimulatorNotStartedError),
        start_simulator(str(tmp_path / "nowhere.toml")),
    ):
        pytest.fail("it must not start")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_hung_requests(number: signal.Signals) -> None:
    with start_simulator() as simulator:
        simulator.client.set_scenario({"requests": {"hang_after": 1}})
        hung = threading.Thread(target=send_and_wait, args=(simulator.url,))
        hung.start()
        wait_until_accepted(simulator.client)
        started = time.monotonic()
        os.kill(simulator.pid, number)
        assert gone(simulator.pid)
        assert time.monotonic() - started < HUNG_S / 2
        hung.join(60)
        assert not hung.is_alive()


def send_and_wait(url: str) -> None:
    body = {"messages": [{"to": "27820000001", "content": "x"}]}
    with contextlib.suppress(httpx.TransportError):
        httpx.post(f"{url}/v1/message", json=body, headers={"Authorization": "key"}, timeout=HUNG_S)


def wait_until_accepted(client: SimulatorClient) -> None:
    deadline = time.monotonic() + 60
    while client.summary().messages.accepted == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_ends_when_the_process_that_started_it_is_killed() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PARENT,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


def test_breaking_connections_leaves_nothing_on_standard_error(tmp_path: Path) -> None:
    kinds = [
        "reset_after",
        "close_after",
        "cut_off",
        "reset_before",
        "ok_close",
        "html",
        "bad_gzip",
    ]
    process = subprocess.Popen(
        [*COMMAND, "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    url = httpx.Response(200, content=process.stdout.readline()).json()["url"]
    with SimulatorClient(url) as client:
        client.set_scenario({"first_requests": kinds})
        for _ in kinds:
            with contextlib.suppress(httpx.HTTPError):
                send_once(url)
        assert sum(client.summary().requests["send"].values()) == len(kinds)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, b"")


def send_once(url: str) -> None:
    body = {"messages": [{"to": "27820000001", "content": "x"}]}
    key = {"Authorization": "key"}
    httpx.post(f"{url}/v1/message", json=body, headers=key, trust_env=False, timeout=60)
