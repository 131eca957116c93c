"""What all commands have in common: help, errors, exit codes, pipes and Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bulkwire.states import Category
from bulkwire_cli.application import make_application
from support import wait_until
from support.cli import Command, Messages

COMMAND = [sys.executable, "-m", "bulkwire_cli"]


def every_command() -> list[tuple[str, ...]]:
    """The words of each command and each group of commands."""

    def below(group: typer.Typer, *words: str) -> list[tuple[str, ...]]:
        found = [(*words, command.name or "") for command in group.registered_commands]
        for sub in group.registered_groups:
            assert sub.typer_instance
            assert sub.name
            found += [(*words, sub.name), *below(sub.typer_instance, *words, sub.name)]
        return found

    return [(), *below(make_application())]


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_has_a_help_that_reads_well(
    bulkwire: Command, words: tuple[str, ...]
) -> None:
    done = bulkwire(*words, "--help")
    assert done.code == 0
    assert "Usage: bulkwire" in done.out
    assert "\b" not in done.out
    assert "[/]" not in done.out
    if "COMMAND" not in done.out:
        assert "Examples:" in done.out


def test_examples_keep_their_lines(bulkwire: Command) -> None:
    shown = bulkwire("hold", "lift", "--help").out
    assert "   bulkwire hold lift operator  " in shown
    assert "   bulkwire hold lift --all  " in shown


def test_the_version_is_told(bulkwire: Command) -> None:
    done = bulkwire("--version")
    assert (done.code, done.out) == (0, "bulkwire 0.1.0\n")


@pytest.mark.parametrize("words", [["nonsense"], ["status", "--nonsense"], ["message", "show"]])
def test_bad_usage_exits_with_2(bulkwire: Command, words: tuple[str, ...]) -> None:
    done = bulkwire(*words)
    assert (done.code, done.out) == (2, "")
    assert "--help" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("dead", "export", "--output", "{}"),
        ("media", "upload", "{}", "--broadcast", "--content-type", "image/png"),
        ("media", "download", "f1", "--sha256", "0" * 64, "--output", "{}"),
        ("import", "{}", "--campaign", "spring", "--text", "Hi"),
        ("import", "{people}", "--campaign", "spring", "--text", "Hi", "--rejects", "{}"),
        ("suppress", "import", "{}"),
        ("suppress", "import", "{people}", "--rejects", "{}"),
        ("simulator", "--scenario", "{}.toml"),
        ("chaos", "--logs", "{}"),
    ],
    ids=" ".join,
)
def test_a_file_that_cannot_be_read_or_written_to_is_bad_input(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BULKWIRE_API_KEY", "secret")
    people = tmp_path / "people.csv"
    people.write_text("phone\n+27821234567\n", encoding="utf-8")
    done = bulkwire(*(word.format(people / "below-a-file", people=people) for word in words))
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "below-a-file" in done.err


def test_redis_that_is_away_is_named_without_its_password(
    bulkwire: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_REDIS_URL", "redis://:hidden@127.0.0.1:1/0")
    for words in (["status"], ["dead", "list"], ["hold", "lift", "--all"], ["log"]):
        done = bulkwire(*words)
        assert (done.code, done.out) == (1, "")
        assert done.err.count("\n") == 1
        assert "127.0.0.1:1" in done.err
        assert "hidden" not in done.err


def test_a_missing_setting_is_named(bulkwire: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BULKWIRE_REDIS_URL")
    done = bulkwire("status")
    assert done.code == 2
    assert "BULKWIRE_REDIS_URL is missing" in done.err


def test_whoever_closes_the_pipe_early_hears_nothing_more(
    redis_url: str, messages: Messages
) -> None:
    messages.die(*(f"m{number}" for number in range(1_000)), category=Category.UNDELIVERED)
    environment = {**os.environ, "BULKWIRE_REDIS_URL": redis_url}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "dead", "list", "--limit", "1000"],
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 1


def test_ctrl_c_is_quiet(redis_url: str, messages: Messages) -> None:
    messages.enqueue("a")
    terminal, end = os.openpty()
    environment = {**os.environ, "BULKWIRE_REDIS_URL": redis_url, "TERM": "xterm"}
    with subprocess.Popen(
        [*COMMAND, "status", "--watch"], env=environment, stdout=end, stderr=subprocess.PIPE
    ) as process:
        try:
            wait_until(lambda: b"queued" in os.read(terminal, 4_096))
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
            assert process.stderr is not None
            assert process.stderr.read() == b""
        finally:
            process.kill()
            os.close(terminal)
            os.close(end)


def test_a_missing_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['aiohttp'] = None; sys.argv[1:] = ['simulator', '--port', '0']; "
        "from bulkwire_cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "bulkwire: the module aiohttp is missing: pip install 'bulkwire[simulator]'\n"
    )


def test_an_empty_account_is_not_the_usual_one(bulkwire: Command) -> None:
    """`--account "$ACCOUNT"` where the variable is not set."""
    for words in (
        ("hold", "place", "--why", "x"),
        ("hold", "lift", "--all"),
        ("dead", "discard", "--all", "--yes"),
        ("status",),
    ):
        done = bulkwire(*words, "--account", "")
        assert done.code == 2, words
        assert "1 to 64 of the characters" in done.err
    assert bulkwire("hold", "list", "--json").json == {"holds": []}


def test_no_limit_is_too_large_to_be_told(bulkwire: Command) -> None:
    done = bulkwire("dead", "list", "--limit", "99999999999999999999")
    assert done.code == 2
    assert "Invalid value for '--limit'" in done.err
