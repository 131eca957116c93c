"""One private server: start it, find it, hurt it, end it."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bulkwire_cli.private_server.binary import find_binary
from bulkwire_cli.private_server.data_dir import DataDir, open_data_dir
from bulkwire_cli.private_server.errors import PrivateServerError
from bulkwire_cli.private_server.guarded_process import GuardedProcess, launch

__all__ = ["PrivateServer", "start_private_server"]

HOST: Final = "127.0.0.1"
_START_TIMEOUT_S: Final = 60.0
_START_ATTEMPTS: Final = 5
_LOG_LINES_SHOWN: Final = 15
_ONCE: Final = Retry(NoBackoff(), 0)


@dataclass(frozen=True, slots=True)
class _Options:
    binary: Path
    directory: DataDir
    databases: int
    appendonly: bool
    extra_args: tuple[str, ...]


class PrivateServer:
    """A server bound to 127.0.0.1 that ends with this process; made by `start_private_server`."""

    def __init__(self, options: _Options) -> None:
        self._options = options
        self._owner = os.getpid()
        self._port, self._process = self._launch(None)

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        """`redis://` address of database 0."""
        return f"redis://{HOST}:{self._port}/0"

    @property
    def pid(self) -> int:
        """The server's process id; of the last one, while none runs."""
        return self._process.pid

    @property
    def data_dir(self) -> Path:
        return self._options.directory.path

    @property
    def log_path(self) -> Path:
        return _log_path(self._options.directory)

    def is_running(self) -> bool:
        return self._process.is_running()

    def stop(self) -> None:
        """Shuts the server down in order. Does nothing in a forked child, or when it has ended."""
        if os.getpid() == self._owner:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as a crash would do it. Returns when the process is gone."""
        self._process.kill()

    def restart(self) -> None:
        """Starts it again, on the same port and data. What runs is shut down in order first."""
        self.stop()
        self._port, self._process = self._launch(self._port)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, as with a hung server."""
        self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: what was sent meanwhile is carried out now."""
        self._process.signal(signal.SIGCONT)

    def _launch(self, port: int | None) -> tuple[int, GuardedProcess]:
        """Starts the server on `port`, or on a free one. Another process may take a free port in
        between; then the server ends, or somebody else answers there, and we choose again."""
        for _ in range(_START_ATTEMPTS):
            chosen = port or _free_port()
            process = _start(self._options, chosen)
            try:
                if _comes_up(process, chosen):
                    return chosen, process
            except BaseException:
                process.stop()
                raise
            process.stop()
        message = f"The private server does not come up. Its log ends:\n{_log_tail(self.log_path)}"
        raise PrivateServerError(message)


@contextlib.contextmanager
def start_private_server(
    data_dir: Path | None = None,
    *,
    databases: int = 16,
    appendonly: bool = False,
    extra_args: Sequence[str] = (),
    binary: Path | None = None,
) -> Iterator[PrivateServer]:
    """Runs a server of our own with the settings of `bulkwire_config/redis.conf`.

    Without `data_dir` its data is temporary. `extra_args` go to the server's command line and win
    over everything else. The server ends with the block, or with this process if that is killed.
    Call it from the main thread. Raises `PrivateServerError`: no binary, data directory in use, or
    the server does not come up.
    """
    if threading.current_thread() is not threading.main_thread():
        # A signal (Ctrl-C) reaches the main thread only: elsewhere nobody would leave the block.
        message = "Start a private server from the main thread."
        raise PrivateServerError(message)
    with open_data_dir(data_dir) as directory:
        chosen = binary or find_binary()
        server = PrivateServer(
            _Options(chosen, directory, databases, appendonly, tuple(extra_args))
        )
        try:
            yield server
        finally:
            server.stop()


def _start(options: _Options, port: int) -> GuardedProcess:
    directory = options.directory
    config = directory.path / "server.conf"
    config.write_text(_config(options, port))
    return launch(
        (options.binary, config, *options.extra_args),
        log=_log_path(directory),
        keep_open=(directory.lock,),
        remove_when_orphaned=directory.path if directory.temporary else None,
    )


def _config(options: _Options, port: int) -> str:
    """The settings every Bulkwire server has, then what makes this one private: the last wins."""
    private = (
        f"bind {HOST}",
        f"port {port}",
        f'dir "{options.directory.path}"',
        f"databases {options.databases}",
        f"appendonly {'yes' if options.appendonly else 'no'}",
        "daemonize no",
        "loglevel notice",
    )
    return "\n".join((_shared_config(), *private, ""))


def _shared_config() -> str:
    return resources.files("bulkwire_config").joinpath("redis.conf").read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _comes_up(process: GuardedProcess, port: int) -> bool:
    """Waits until this very process answers on the port, its data loaded; False if it doesn't."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while process.is_running() and time.monotonic() < deadline:
        answer = _ask(port)
        if answer is not None and answer["process_id"] != process.pid:
            return False
        if answer is not None and answer["loading"] == 0:
            return True
        time.sleep(0.02)
    return False


def _ask(port: int) -> dict[str, object] | None:
    try:
        with redis.Redis(host=HOST, port=port, socket_timeout=1, retry=_ONCE) as client:
            return dict(client.info())
    except (redis.RedisError, OSError):
        return None


def _log_path(directory: DataDir) -> Path:
    return directory.path / "server.log"


def _log_tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_LOG_LINES_SHOWN:]) or "  (empty)"
