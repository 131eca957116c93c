"""Celery workers for a while: `bulkwire worker` as a process that ends with whoever started it."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkwire.settings import PREFIX
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.private_server.guarded_process import GuardedProcess, launch
from bulkwire_cli.testbed.workspace import Workspace

__all__ = ["RunningWorker", "settings_for", "start_worker"]

STOPS_WITHIN_S: Final = 15.0
LINES_SHOWN: Final = 15


def settings_for(workspace: Workspace, api_url: str, **more: str) -> Mapping[str, str]:
    """The environment of whoever takes part; `more` are settings in capitals, without prefix."""
    settings = {"REDIS_URL": workspace.redis_url, "API_URL": api_url, "API_KEY": "demo", **more}
    if workspace.broker_url:
        settings["BROKER_URL"] = workspace.broker_url
    return {f"{PREFIX}{name}": value for name, value in settings.items()}


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A worker and its log."""

    process: GuardedProcess
    log: Path

    def check(self) -> None:
        """Raises CommandFailed, with the end of its log, where it has ended."""
        if not self.process.is_running():
            tail = self.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
            raise CommandFailed("\n".join(("the worker ended; its log ends:", *tail)))


@contextmanager
def start_worker(
    workspace: Workspace, settings: Mapping[str, str], *options: str
) -> Iterator[RunningWorker]:
    """Runs `bulkwire worker` with `settings`; it is stopped on the way out."""
    log = workspace.folder / "worker.log"
    process = launch(
        (sys.executable, "-m", "bulkwire_cli", "worker", *options),
        log=log,
        remove_when_orphaned=workspace.folder,
        # What it keeps in temporary files goes with the directory.
        env={**os.environ, **settings, "TMPDIR": str(workspace.folder)},
        cwd=workspace.folder,
    )
    try:
        yield RunningWorker(process, log)
    finally:
        process.stop(STOPS_WITHIN_S)
