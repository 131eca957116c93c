"""`bulkwire bench rate` on a small scale, as a process: it finds the limit and leaves nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

KEYS = {"seconds", "limit", "senders", "settled_after_s", "used", "refused", "kept"}


def test_it_says_when_the_rate_had_settled_and_whether_the_promise_is_kept(tmp_path: Path) -> None:
    words = ["bench", "rate", "--seconds", "30", "--limit", "200", "--senders", "2", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "bulkwire_cli", *words],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    found = json.loads(done.stdout)
    assert set(found) == KEYS
    assert (found["limit"], found["senders"], found["seconds"]) == (200, 2, 30)
    assert done.returncode == (0 if found["kept"] else 1)
    # On a busy machine thirty seconds may be too few for the promise, never for the limit.
    assert found["used"] is None or 0.7 < found["used"] < 1.2
    assert list(tmp_path.iterdir()) == []
