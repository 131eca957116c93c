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
from bulkwire_cli.staging.surroundings import Place

__all__ = ["RunningWorker", "settings_for", "start_worker"]

STOPS_WITHIN_S: Final = 15.0
LINES_SHOWN: Final = 15


def settings_for(place: Place, api_url: str, **more: str) -> Mapping[str, str]:
    """The environment of whoever takes part; `more` are settings in capitals, without prefix."""
    settings = {"REDIS_URL": place.redis_url, "API_URL": api_url, "API_KEY": "demo", **more}
    if place.broker_url:
        settings["BROKER_URL"] = place.broker_url
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
    place: Place, settings: Mapping[str, str], *options: str
) -> Iterator[RunningWorker]:
    """Runs `bulkwire worker` with `settings`; it is stopped on the way out."""
    log = place.folder / "worker.log"
    process = launch(
        (sys.executable, "-m", "bulkwire_cli", "worker", *options),
        log=log,
        remove_when_orphaned=place.folder,
        # What it keeps in temporary files goes with the directory.
        env={**os.environ, **settings, "TMPDIR": str(place.folder)},
        cwd=place.folder,
    )
    try:
        yield RunningWorker(process, log)
    finally:
        process.stop(STOPS_WITHIN_S)
