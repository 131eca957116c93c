"""Run as a program: imports modules one after the other, and reports what each import did.

Reads a JSON list of module names; writes one line of JSON, [name, what it did], as soon as each is
imported. Arguments: the checkout, then the folders to import from. What a module does counts for
the first that imports it. The libraries are loaded before: what they do is not the finding.
"""

import contextlib
import importlib
import io
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

__all__: list[str] = []

_FORBIDDEN_EVENTS = ("socket.", "subprocess.", "os.system", "os.fork", "os.exec", "os.posix_spawn")
_LIBRARIES = ("asyncio", "celery", "httpx", "pydantic_settings", "redis.asyncio", "rich", "typer")


class _Recorder:
    """What the interpreter itself reports, while it is on."""

    def __init__(self, checkout: Path, folders: list[str]) -> None:
        self.effects: list[str] = []
        self.on = False
        self._ours = (str(checkout), *folders)
        self._not_ours = (sys.prefix, sys.base_prefix)

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if not self.on:
            return
        if event.startswith(_FORBIDDEN_EVENTS):
            self.effects.append(event)
        if event == "open" and self._is_forbidden(str(args[0]), args[1], args[2]):
            self.effects.append(f"opens {args[0]}")

    def _is_forbidden(self, path: str, mode: object, flags: object) -> bool:
        writes = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
        writes |= isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) != 0
        ours = path.startswith(self._ours) and not path.startswith(self._not_ours)
        return writes or (ours and not path.endswith((".py", ".pyc")))


def _state() -> dict[str, object]:
    """What an import must leave as it was."""
    celery_state = importlib.import_module("celery._state")
    return {
        "threads": threading.active_count(),
        "the current Celery app": (celery_state.default_app, celery_state._tls.current_app),
        "Celery apps": len(celery_state._get_active_apps()),
        "the environment": dict(os.environ),
        "signal handlers": [signal.getsignal(number) for number in signal.valid_signals()],
        "logging": (list(logging.root.handlers), logging.root.level),
        "the working directory": os.getcwd(),  # noqa: PTH109 - one word for one fact
    }


def _effects(module: str, recorder: _Recorder) -> list[str]:
    before, printed = _state(), io.StringIO()
    recorder.effects, recorder.on = [], True
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 - whatever it raises, SystemExit too, is the finding
        recorder.effects.append(f"raises {type(error).__name__}: {error}")
    recorder.on = False
    after = _state()
    changed = [f"changes {name}" for name in before if before[name] != after[name]]
    return [*recorder.effects, *changed, *(["prints"] if printed.getvalue() else [])]


def main() -> None:
    checkout, *folders = sys.argv[1:]
    sys.path[:1] = folders
    for library in _LIBRARIES:
        importlib.import_module(library)
    recorder = _Recorder(Path(checkout), folders)
    sys.addaudithook(recorder.hook)
    for module in json.load(sys.stdin):
        print(json.dumps([module, _effects(module, recorder)]), flush=True)  # noqa: T201 - the report
    # A thread that an import has started must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
