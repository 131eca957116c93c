"""`python -m bulkwire_cli.chaos.worker`: `bulkwire worker` whose children can be blocked."""

import sys

from bulkwire_cli.application import run
from bulkwire_cli.chaos.child_hooks import install_hooks

__all__ = ["main"]


def main() -> int:
    """Runs `bulkwire worker` with the arguments of this process; answers its exit code."""
    install_hooks()
    return run(["worker", *sys.argv[1:]])


if __name__ == "__main__":
    raise SystemExit(main())
