"""The demo as a process: it proves its promises, and leaves nothing behind however it ends."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from support import wait_until
from support.relatives import Relatives

ENDS_WITHIN_S = 200
LEAVES_WITHIN_S = 60


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    process: subprocess.Popen[str]
    relatives: Relatives
    temporary: Path
    """Where everything temporary of it is."""
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_said(self, words: str) -> None:
        wait_until(
            lambda: words in self.said() or self.process.poll() is not None,
            timeout=ENDS_WITHIN_S,
            message=f"the demo saying {words!r}",
        )
        assert words in self.said(), self.said()

    def code(self) -> int:
        return self.process.wait(ENDS_WITHIN_S)

    def nothing_is_left(self) -> bool:
        return not self.relatives.running() and not list(self.temporary.iterdir())


StartDemo = Callable[..., Demo]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartDemo]:
    demos: list[Demo] = []

    def start(*arguments: str, cwd: Path = tmp_path, **settings: str) -> Demo:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        relatives, output = Relatives(), tmp_path / "output"
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "bulkwire_cli.demo", *arguments],
                env=relatives.environment(TMPDIR=str(temporary), **settings),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        demos.append(Demo(process, relatives, temporary, output))
        return demos[-1]

    yield start
    for demo in demos:
        demo.process.kill()
        demo.process.wait()
        demo.relatives.kill()


def test_everything_is_settled_and_proven_and_nothing_is_left(
    start: StartDemo, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("BULKWIRE_API_URL=http://127.0.0.1:1\nBULKWIRE_QUEUE_LIMIT=1\n")
    demo = start("--messages", "300", BULKWIRE_ACCOUNT="another", BULKWIRE_QUEUE_LIMIT="1")
    assert demo.code() == 0, demo.said()
    said = demo.said()
    assert "Audit: true. 300 messages" in said
    assert "Provider's ledger: agrees." in said
    assert "nobody received two, nobody is missing" in said
    assert "Dead letters" in said
    assert re.search(r"requests of [\d.]+ messages on average", said)
    assert "messages per second" in said or "too short a run" in said
    wait_until(demo.nothing_is_left, LEAVES_WITHIN_S, "the end of everything")


def test_without_faults_everybody_receives_exactly_one(start: StartDemo, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text("[statuses]\nfinal_ms = [0, 100]\nsupplier_ms = [0, 0]\n")
    demo = start("--messages", "300", "--scenario", "quick.toml")
    assert demo.code() == 0, demo.said()
    assert "300 of 300 recipients were reached, nobody received two" in demo.said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_all_that_it_started(start: StartDemo, number: signal.Signals) -> None:
    demo = start("--messages", "8000")
    demo.wait_until_said("accepted")
    assert len(demo.relatives.running()) > 4
    demo.process.send_signal(number)
    assert demo.code() == 128 + number
    wait_until(demo.nothing_is_left, LEAVES_WITHIN_S, "the end of everything")


def test_what_it_started_ends_when_it_is_killed(start: StartDemo) -> None:
    demo = start("--messages", "8000")
    demo.wait_until_said("accepted")
    demo.process.kill()
    demo.process.wait()
    wait_until(demo.nothing_is_left, LEAVES_WITHIN_S, "the end of everything")


def test_kept_running_it_can_be_looked_at_until_a_signal_ends_it(start: StartDemo) -> None:
    demo = start("--messages", "20", "--scenario", "smooth", "--keep")
    demo.wait_until_said("Provider's ledger: agrees.")
    exported = dict(re.findall(r"export (\w+)=(\S+)", demo.said()))
    env = {**os.environ, **exported}
    command = [sys.executable, "-m", "bulkwire_cli", "audit", "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["ok"] is True
    assert "flower" in demo.said()
    assert demo.process.poll() is None
    demo.process.send_signal(signal.SIGINT)
    assert demo.code() == 0
    wait_until(demo.nothing_is_left, LEAVES_WITHIN_S, "the end of everything")


def test_a_database_that_is_named_is_used_and_left_empty(start: StartDemo, redis_url: str) -> None:
    demo = start("--messages", "20", "--scenario", "smooth", BULKWIRE_REDIS_URL=redis_url)
    assert demo.code() == 0, demo.said()
    assert redis_url in demo.said()
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_a_database_that_is_not_empty_is_refused(start: StartDemo, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("somebody", "else's")
        demo = start("--messages", "20", BULKWIRE_REDIS_URL=redis_url)
        assert demo.code() == 2
        assert client.get("somebody") == b"else's"
    assert "is not empty" in demo.said()


@pytest.mark.parametrize("options", [("--messages", "0"), ("--scenario", "nowhere.toml")])
def test_bad_options_start_nothing(start: StartDemo, options: tuple[str, str]) -> None:
    demo = start(*options)
    assert demo.code() == 2
    wait_until(demo.nothing_is_left, LEAVES_WITHIN_S, "the end of everything")
