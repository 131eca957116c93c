"""`bulkwire health`, asked beside a worker as the health check of its container would."""

import json
import os
import subprocess
import sys
import time
from typing import Any

from support.worker import API_KEY, Worker

__all__ = ["assert_healthy_for", "health"]


def health(worker: Worker, **settings: str) -> tuple[int, dict[str, Any]]:
    """Its exit code and what it says. `settings` as the worker has them."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BULKWIRE_")}
    given = {"REDIS_URL": worker.redis_url, "API_KEY": API_KEY, **settings}
    env |= {f"BULKWIRE_{name}": value for name, value in given.items()}
    done = subprocess.run(
        [sys.executable, "-m", "bulkwire_cli", "health", "--json"],
        env=env,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout)


def assert_healthy_for(seconds: float, worker: Worker, **settings: str) -> None:
    """All that time the worker is healthy, and it replaces none of its processes."""
    before = {child.pid for child in worker.children()}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        code, said = health(worker, **settings)
        assert code == 0, said
    assert worker.process.poll() is None, worker.output()[-3000:]
    assert {child.pid for child in worker.children()} == before, worker.output()[-3000:]
    assert '"event": "worker_stuck"' not in worker.output()
