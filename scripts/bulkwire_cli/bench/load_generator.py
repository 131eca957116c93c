"""Enqueues at a constant rate from a thread of its own, until it is told to stop."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bulkwire.client import Bulkwire
from bulkwire.errors import BulkwireError

__all__ = ["Load", "constant_load"]

EVERY_S: Final = 0.1
CAMPAIGN: Final = "soak"
NUMBERS: Final = 10_000_000


@dataclass(slots=True)
class Load:
    """How far it is."""

    enqueued: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    trouble: BulkwireError | None = None


@contextmanager
def constant_load(client: Bulkwire, per_second: float) -> Iterator[Load]:
    """Half of the messages belong to a campaign. Set `stopped` to end it early."""
    load = Load()
    thread = threading.Thread(target=_enqueue, args=(load, client, per_second), daemon=True)
    thread.start()
    try:
        yield load
    finally:
        load.stopped.set()
        thread.join()


def _enqueue(load: Load, client: Bulkwire, per_second: float) -> None:
    began = time.monotonic()
    while not load.stopped.wait(EVERY_S):
        wanted = int((time.monotonic() - began) * per_second)
        try:
            for _ in client.enqueue_messages([_message(n) for n in range(load.enqueued, wanted)]):
                load.enqueued += 1
        except BulkwireError as error:
            load.trouble = error
            return


def _message(n: int) -> dict[str, Any]:
    return {
        "to": f"+2782{n % NUMBERS:07d}",
        "content": f"Your parcel {n} is on its way.",
        "campaign": CAMPAIGN if n % 2 else None,
    }
