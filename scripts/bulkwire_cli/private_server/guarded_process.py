"""A child process that ends with its parent, even when the parent is killed by SIGKILL.

A shell holds the read end of a pipe whose only write end is in the parent. It leaves a watcher in
the background and becomes the program itself (`exec`), so the program is a direct child with a pid
known at once. When the pipe closes, for whatever reason, the watcher ends the program: SIGTERM, and
after five seconds SIGKILL. (Linux's PR_SET_PDEATHSIG is no way: it fires when the starting *thread*
ends, and macOS has none.)
"""

import contextlib
import os
import signal
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

__all__ = ["GuardedProcess", "launch"]

# $1: a directory to remove in the end, or empty; the rest: the program and its arguments.
# The watcher is in the program's process group, so the kernel hands that pid ($$) to nobody else
# while the watcher lives: it can never signal a stranger.
_GUARD: Final = """
remove=$1; shift
exec 3<&0
(
  trap '' INT TERM HUP
  read -r _ <&3
  kill -CONT $$; kill -TERM $$
  tries=0
  while kill -0 $$ && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL $$
  [ -z "$remove" ] || rm -rf -- "$remove"
  kill -KILL -$$ # what the program left behind, and this watcher, which belongs to the group
) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"""


@dataclass(frozen=True, slots=True)
class GuardedProcess:
    """A running program; see `launch`."""

    popen: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def stop(self, grace_s: float = 5.0) -> None:
        """Ends the program: politely, then by force. Returns when it is gone."""
        if self.is_running():
            # A stopped process would not see SIGTERM before it is continued.
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(grace_s)
        self.kill()

    def kill(self) -> None:
        """Ends the program and its watcher by SIGKILL, at once. Returns when it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        # Only now: while the watcher lived, the group's number could not go to anybody else.
        _close(self.popen.stdin)


def launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    keep_open: Sequence[int] = (),
    remove_when_orphaned: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> GuardedProcess:
    """Starts a program that ends with this process.

    `log` receives what it prints (appended). `keep_open` are file descriptors that the program
    inherits. `remove_when_orphaned` is deleted with all it holds if this process dies first; what
    the program has started itself ends with it then. `env` and `cwd` are this process's by default.
    """
    guard = ["/bin/sh", "-c", _GUARD, "guard", str(remove_when_orphaned or "")]
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [*guard, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(keep_open),
            env=env,
            cwd=cwd,
            start_new_session=True,  # a Ctrl-C at the terminal is for the parent to handle
        )
    _close_in_forked_children(popen)
    return GuardedProcess(popen)


def _close_in_forked_children(popen: subprocess.Popen[bytes]) -> None:
    """Keeps a child forked without exec from holding the pipe open after this process died."""
    reference = weakref.ref(popen)

    def close() -> None:
        process = reference()
        if process is not None:
            _close(process.stdin)

    os.register_at_fork(after_in_child=close)


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        stream.close()
