"""The entry point of the `bulkwire` command."""

import sys
from contextlib import suppress

from bulkwire_cli.streams import CANNOT_BE_WRITTEN, make_usable, silence

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 failed, 2 bad usage or input, 130 Ctrl-C."""
    make_usable()
    try:
        code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough.
        silence()
        code = 1
    except OSError as error:
        if error.errno not in CANNOT_BE_WRITTEN:
            raise
        silence()
        reason = (error.strerror or "not writable").lower()
        with suppress(OSError):
            sys.stderr.write(f"bulkwire: cannot write, {reason}: make room and run it again\n")
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
