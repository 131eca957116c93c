"""Every process that a command started, however deep: each inherits a mark in its environment."""

import os
import uuid
from dataclasses import dataclass, field

import psutil

__all__ = ["Relatives"]

MARK = "STARTED_BY_A_TEST_OF_BULKWIRE"


@dataclass(frozen=True)
class Relatives:
    """The processes of one command, itself among them."""

    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def environment(self, **settings: str) -> dict[str, str]:
        """The environment to start the command in."""
        return {**os.environ, MARK: self.mark, **settings}

    def running(self) -> list[psutil.Process]:
        """Those that still run."""
        return [one for one in psutil.process_iter() if self._includes(one)]

    def kill(self) -> None:
        """Ends what is left of them."""
        for process in self.running():
            process.kill()

    def _includes(self, process: psutil.Process) -> bool:
        try:
            marked = process.environ().get(MARK) == self.mark
            return marked and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
