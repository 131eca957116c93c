"""`bulkwire beat`, as a process."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import redis

from support import wait_until
from support.cli import Command

QUEUES = ("bulkwire.dispatch", "bulkwire.upkeep")


def test_beat_publishes_wake_ups_without_arguments_and_leaves_no_file(
    redis_url: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "BULKWIRE_REDIS_URL": redis_url}
    command = [sys.executable, "-m", "bulkwire_cli", "beat"]
    with (
        redis.Redis.from_url(redis_url.removesuffix("/0") + "/1") as broker,
        subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL
        ) as process,
    ):
        try:
            wait_until(lambda: all(broker.llen(queue) for queue in QUEUES))
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
        for queue in QUEUES:
            for envelope in map(json.loads, broker.lrange(queue, 0, -1)):
                arguments, named, _ = json.loads(base64.b64decode(envelope["body"]))
                assert (arguments, named) == ([], {})
                assert envelope["headers"]["task"] == queue
                assert envelope["headers"]["eta"] is None
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_celery_does_not_know_is_bad_usage(bulkwire: Command) -> None:
    done = bulkwire("beat", "--nonsense")
    assert done.code == 2
    assert "--nonsense" in done.err
