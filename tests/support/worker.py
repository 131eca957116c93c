"""A real `bulkwire worker`: started in a session of its own, stopped or killed, its log judged."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import psutil
import pytest
import redis

from bulkwire.store.keys import UPKEEP_SEEN
from support.waiting import wait_until

__all__ = ["API_KEY", "NUMBER", "TEXT", "StartWorker", "Worker", "running_worker"]

API_KEY: Final = "key-of-the-acceptance-tests"
TEXT: Final = "Sesame opens at noon"
"""Every message of these tests holds it, so that a leak is found wherever it is."""
NUMBER: Final = re.compile(r"27829\d{6}")
"""Every recipient of these tests."""
AS_THE_TESTS_END: Final = """
import faulthandler, runpy, signal
from celery.platforms import set_pdeathsig
set_pdeathsig("SIGKILL")
faulthandler.register(signal.SIGUSR2)
runpy.run_module("bulkwire_cli", run_name="__main__")
"""
"""`python -m bulkwire_cli`, which on Linux doesn't outlive a run of the tests that is killed, and
whose processes say on SIGUSR2 what their threads do."""
STARTS_WITHIN_S: Final = 90.0
STOPS_WITHIN_S: Final = 60.0

SETTINGS: Final = {
    "LEASE": "5",
    "FIRST_CHECK": "0.3",
    "STATUS_WINDOW_HOURS": "0.004",
    "READ_TIMEOUT": "4",
    "CHECKS": "128",
}


@dataclass(frozen=True)
class Worker:
    """The processes of one `bulkwire worker`."""

    process: subprocess.Popen[bytes]
    log: Path
    redis_url: str

    def wait_until_ready(self) -> None:
        """Waits until its upkeep runs."""
        with redis.Redis.from_url(self.redis_url) as client:
            wait_until(
                lambda: self._is_alive() and client.exists(UPKEEP_SEEN),
                STARTS_WITHIN_S,
                "the worker",
            )

    def children(self) -> list[psutil.Process]:
        """Its pool processes."""
        return psutil.Process(self.process.pid).children()

    def kill(self) -> None:
        """SIGKILL to all of its processes at once, as a machine that loses power."""
        self.signal_all(signal.SIGKILL)
        self.process.wait()

    def signal_all(self, number: signal.Signals) -> None:
        """The same signal to every process, as systemd does it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """SIGTERM to the parent; fails if it has not ended in time."""
        if self.process.poll() is None:
            self.process.terminate()
        self.wait_until_ended()

    def wait_until_ended(self) -> None:
        """Waits until all of its processes have ended by themselves; fails if they don't."""
        try:
            self.process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            for process in (psutil.Process(self.process.pid), *self.children()):
                process.send_signal(signal.SIGUSR2)
                time.sleep(0.5)  # or what they write would be mixed
            pytest.fail(f"still runs {STOPS_WITHIN_S} s after SIGTERM:\n{self.output()}")
        wait_until(lambda: not _group_runs(self.process.pid), 30, "the end of its children")

    def output(self) -> str:
        """What it has logged."""
        return self.log.read_text(errors="replace")

    def _is_alive(self) -> bool:
        assert self.process.poll() is None, self.output()
        return True


def _group_runs(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


StartWorker: TypeAlias = Callable[..., contextlib.AbstractContextManager[Worker]]
"""`running_worker` for the server and the provider of the module."""


@contextlib.contextmanager
def running_worker(
    redis_url: str,
    api_url: str,
    folder: Path,
    *,
    senders: int = 1,
    troubled: bool = False,
    entry: Sequence[str] = ("-c", AS_THE_TESTS_END),
    **settings: str,
) -> Iterator[Worker]:
    """A worker that is up; it is stopped in order at the end, unless it ended before.

    `settings` are those of `WorkerSettings`, without prefix, in capitals. `troubled`: its log may
    hold tracebacks, because the test hurts it. It may never hold a key, a number or a text.
    `entry`: what Python runs instead of the `bulkwire` command itself.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("BULKWIRE_")}
    given = {"REDIS_URL": redis_url, "API_URL": api_url, "API_KEY": API_KEY, **SETTINGS, **settings}
    env |= {f"BULKWIRE_{name}": value for name, value in given.items()}
    log = folder / f"worker-{len(list(folder.iterdir()))}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *entry, "worker", "--senders", str(senders)],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    worker = Worker(process, log, redis_url)
    try:
        worker.wait_until_ready()
        yield worker
        worker.stop()
    finally:
        worker.kill()
        _judge(worker.output(), troubled=troubled)


def _judge(output: str, *, troubled: bool) -> None:
    assert API_KEY not in output
    assert TEXT not in output
    assert not NUMBER.search(output)
    assert "request_broke_down" not in output, output[-3000:]
    if not troubled:
        assert "Traceback" not in output, output[-3000:]
