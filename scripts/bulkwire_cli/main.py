"""The entry point of the `bulkwire` command."""

import os
import sys

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 failed, 2 bad usage or input, 130 Ctrl-C."""
    try:
        code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    raise SystemExit(code)


def _run() -> int:
    try:
        from bulkwire_cli.application import run  # noqa: PLC0415 - needs the extra `cli`
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"bulkwire: the module {error.name} is missing: pip install 'bulkwire[cli]'\n"
        )
        return 1
    return run(sys.argv[1:])
