"""Imports the campaigns bit by bit with `bulkwire import`, again and again until it succeeds."""

import asyncio
import csv
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bulkwire_cli.chaos.journal import Journal
from bulkwire_cli.chaos.supply import Slice, Supply
from bulkwire_cli.chaos.waiting import holds_within
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.private_server.guarded_process import GuardedProcess, launch

__all__ = ["Feeder"]

TEXT: Final = "Hi {{ name }}, the shop opens at noon."
LOOK_S: Final = 0.1
AGAIN_S: Final = 0.5
BAD_INPUT: Final = 2
"""What `bulkwire import` ends with where running it again is no use."""


class Feeder:
    """One import at a time. `run` is a task of the driver."""

    def __init__(
        self, supply: Supply, folder: Path, env: Mapping[str, str], journal: Journal
    ) -> None:
        self.supply = supply
        self.process: GuardedProcess | None = None
        """The import that runs now."""
        self.idle = True
        """Nothing is being imported, nor about to be."""
        self._folder = folder
        self._env = env
        self._journal = journal
        self._forced: list[int] = []

    async def run(self, waiting: Callable[[], int], faults_left: Callable[[], int]) -> None:
        """Imports whenever the queue runs low, for as long as the task lives."""
        while True:
            rows = self.supply.wanted(waiting=waiting(), faults_left=faults_left())
            if self._forced:
                rows = min(self._forced.pop(), self.supply.left)
            if rows:
                self.idle = False
                self.supply, part = self.supply.take(rows)
                await self.take_in(part)
            self.idle = not self._forced
            await asyncio.sleep(LOOK_S)

    def force(self, rows: int) -> None:
        """Makes the next import one of so many rows, as soon as the one that runs has ended."""
        self.idle = False
        self._forced.append(rows)

    async def take_in(self, part: Slice) -> None:
        """Imports the recipients of `part`, as often as it takes."""
        path = self._folder / f"{part.campaign}-{part.first}.csv"
        _write(path, part)
        attempt = 1
        while (code := await self._import(path, part, attempt)) != 0:
            self._journal.write("import_failed", code=code, attempt=attempt)
            if code == BAD_INPUT:
                raise CommandFailed("an import was refused as bad input: see import.log")
            attempt += 1
            await asyncio.sleep(AGAIN_S)
        path.unlink()

    async def _import(self, path: Path, part: Slice, attempt: int) -> int:
        options = ("--campaign", part.campaign, "--text", TEXT, "--on-doubt", part.on_doubt)
        process = self.process = launch(
            (sys.executable, "-m", "bulkwire_cli", "import", path, *options),
            log=self._folder / "import.log",
            env=self._env,
            cwd=self._folder,
        )
        self._journal.write(
            "import", pid=process.pid, campaign=part.campaign, rows=part.count, attempt=attempt
        )
        try:
            await holds_within(math.inf, lambda: not process.is_running())
        finally:
            self.process = None
            process.kill()
        return process.popen.wait()


def _write(path: Path, part: Slice) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Mobile", "Name"))
        for number in range(part.first, part.first + part.count):
            writer.writerow((f"+2782{number:07d}", f"No. {number}"))
