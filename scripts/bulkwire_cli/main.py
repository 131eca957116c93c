"""The entry point of the `bulkwire` command."""

import sys

__all__ = ["main"]


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 failed, 2 bad usage or input."""
    try:
        from bulkwire_cli.application import run  # noqa: PLC0415 - needs the extra `cli`
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"bulkwire: the module {error.name} is missing: pip install 'bulkwire[cli]'\n"
        )
        raise SystemExit(1) from None
    raise SystemExit(run(sys.argv[1:]))
