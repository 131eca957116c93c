"""What can go wrong with servers that were put up for a while, as one line for whoever runs it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.private_server import PrivateServerError
from bulkwire_cli.simulator.client import SimulatorError
from bulkwire_cli.simulator.process import SimulatorNotStartedError

__all__ = ["plain_failures"]


@contextmanager
def plain_failures() -> Iterator[None]:
    """Raises CommandFailed instead of what a private server or a simulator raises."""
    try:
        yield
    except (PrivateServerError, SimulatorNotStartedError) as error:
        raise CommandFailed(str(error)) from None
    except (SimulatorError, httpx.TransportError):
        raise CommandFailed("the simulator does not answer any more") from None
