"""The workers and beat: started, and replaced by others when they end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkwire_cli.chaos.child_hooks import BLOCK_SECONDS, CHILDREN_FILE
from bulkwire_cli.chaos.journal import Journal
from bulkwire_cli.chaos.waiting import holds_within
from bulkwire_cli.private_server.guarded_process import GuardedProcess, launch

__all__ = ["Child", "Fleet", "Worker"]

LOOK_S: Final = 0.1
STOPS_WITHIN_S: Final = 20.0
GONE_WITHIN_S: Final = 60.0
"""Children whose parent is gone, and those that hang, have to end by themselves within this."""


@dataclass(frozen=True, slots=True)
class Child:
    """A pool process."""

    pid: int
    has_loop: bool
    """It has done something, so that there is an event loop to block."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The processes of one `bulkwire worker`: a process group."""

    name: str
    process: GuardedProcess
    children_file: Path

    def children(self) -> list[Child]:
        """Its pool processes that are alive."""
        words: dict[int, str] = {}
        with suppress(FileNotFoundError):
            for line in self.children_file.read_text().splitlines():
                pid, word = line.split()
                words[int(pid)] = word
        return [Child(pid, word == "loop") for pid, word in words.items() if self._owns(pid)]

    def signal_all(self, number: signal.Signals) -> None:
        """To the parent and its pool children, but not to what ends them with us."""
        for pid in (self.process.pid, *(child.pid for child in self.children())):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _owns(self, pid: int) -> bool:
        # While the group lives, its number goes to nobody else: no stranger is ever in it.
        try:
            return os.getpgid(pid) == self.process.pid
        except ProcessLookupError:
            return False


class Fleet:
    """So many workers, and one beat. `keep_up` is a task of the driver."""

    def __init__(
        self,
        *,
        workers: int,
        senders: int,
        block_s: int,
        folder: Path,
        env: Mapping[str, str],
        journal: Journal,
    ) -> None:
        self._size = workers
        self._senders = senders
        self._folder = folder
        self._env = {**env, BLOCK_SECONDS: str(block_s)}
        self._journal = journal
        self._started = 0
        self._condemned: dict[int, tuple[Worker, float]] = {}
        self.workers: list[Worker] = []
        self.beat: GuardedProcess | None = None
        self.orphaned: list[tuple[Worker, float]] = []
        """Workers whose parent was killed, and since when."""
        self.had_to_be_ended: list[str] = []
        """What should have ended by itself and didn't."""

    def ready(self) -> list[Worker]:
        """The workers that have something to hurt: an event loop in some child."""
        return [one for one in self.workers if any(child.has_loop for child in one.children())]

    def sound_children(self, worker: Worker) -> list[Child]:
        """Its children with an event loop that nobody has stopped for good."""
        return [one for one in worker.children() if one.has_loop and one.pid not in self._condemned]

    def condemn(self, worker: Worker, child: Child) -> None:
        """The child hangs for good: it has to be gone before long."""
        self._condemned[child.pid] = (worker, time.monotonic() + GONE_WITHIN_S)

    def orphan(self, worker: Worker) -> None:
        """Its parent was killed: its children have to be gone before long."""
        self.workers.remove(worker)
        self.orphaned.append((worker, time.monotonic() + GONE_WITHIN_S))

    def end(self, worker: Worker) -> None:
        """It was told to end, and did not in time."""
        self._complain(f"{worker.name}, which was told to end")
        worker.process.kill()

    async def keep_up(self) -> None:
        """Starts everything, and again whatever ends."""
        while True:
            for worker in list(self.workers):
                if not worker.process.is_running():
                    code = worker.process.popen.wait()
                    self._journal.write("worker_ended", pid=worker.process.pid, code=code)
                    self.workers.remove(worker)
                    worker.process.kill()
            while len(self.workers) < self._size:
                self.workers.append(self._start_worker())
            if self.beat is None or not self.beat.is_running():
                self.beat = self._launch("beat", ("-m", "bulkwire_cli", "beat"), {})
            self._bury()
            await asyncio.sleep(LOOK_S)

    async def stop(self) -> None:
        """Ends everything: politely, all at once, then by force."""
        processes = [one.process for one in (*self.workers, *(w for w, _ in self.orphaned))]
        if self.beat is not None:
            processes.append(self.beat)
        for process in processes:
            if process.is_running():
                process.signal(signal.SIGTERM)
        await holds_within(STOPS_WITHIN_S, lambda: not any(one.is_running() for one in processes))
        for process in processes:
            process.kill()

    def _bury(self) -> None:
        """Ends what should be gone by now, and says so."""
        now = time.monotonic()
        for worker, deadline in list(self.orphaned):
            children = worker.children()
            if not children or now > deadline:
                if children:
                    self._complain(f"children of {worker.name}, whose parent was killed")
                self.orphaned.remove((worker, deadline))
                worker.process.kill()
        for pid, (worker, deadline) in list(self._condemned.items()):
            alive = any(child.pid == pid for child in worker.children())
            if alive and now > deadline:
                self._complain(f"a child of {worker.name}, whose event loop was deadlocked")
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not alive:
                del self._condemned[pid]

    def _complain(self, what: str) -> None:
        self.had_to_be_ended.append(what)
        self._journal.write("had_to_be_ended", who=f'"{what}"')

    def _start_worker(self) -> Worker:
        self._started += 1
        name = f"worker-{self._started}"
        children_file = self._folder / f"{name}.children"
        options = ("--senders", str(self._senders), "--hostname", f"{name}@%h")
        command = ("-m", "bulkwire_cli.chaos.worker", *options)
        process = self._launch(name, command, {CHILDREN_FILE: str(children_file)})
        return Worker(name, process, children_file)

    def _launch(
        self, name: str, arguments: Sequence[str], settings: Mapping[str, str]
    ) -> GuardedProcess:
        process = launch(
            (sys.executable, *arguments),
            log=self._folder / f"{name}.log",
            env={**self._env, **settings},
            cwd=self._folder,
        )
        self._journal.write("started", who=name, pid=process.pid)
        return process
