"""Keeps the leases of running requests alive, from a thread with its own connection.

A thread, because a busy event loop must not cost its leases; an explicit list, because only what
this process really works on may be prolonged.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from bulkwire.errors import StoreError
from bulkwire.intake import chunks
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import renew
from bulkwire_workers.liveness.pulse import Pulse, Step

__all__ = ["LeaseKeeper"]

RENEWALS_PER_LEASE: Final = 3
LEASES_A_CALL: Final = 200


class LeaseKeeper:
    """Renews what is held until it is let go. Start it after the fork."""

    def __init__(self, redis_url: str, *, lease_ms: int, pulse: Pulse) -> None:
        self._store = Store(redis_url)
        self._lease_ms = lease_ms
        self._pulse = pulse
        self._held: dict[str, Keys] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bulkwire-leases", daemon=True)
        self._log = structlog.get_logger("bulkwire.leases")

    def start(self) -> None:
        """Starts renewing."""
        self._thread.start()

    def stop(self) -> None:
        """Stops renewing; what is still held lapses."""
        self._stopping.set()
        self._thread.join()
        self._store.close()

    @contextmanager
    def holding(self, keys: Keys, batch: str) -> Iterator[None]:
        """Renews the lease of `batch` for as long as the block runs."""
        with self._lock:
            self._held[batch] = keys
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(batch, None)

    def _run(self) -> None:
        while not self._stopping.wait(self._lease_ms / 1000 / RENEWALS_PER_LEASE):
            try:
                self._renew_all()
            except StoreError as error:
                # Redis is away: leases may lapse meanwhile, and `depart` and `settle` will see it.
                self._log.warning("leases_not_renewed", error=str(error))

    def _renew_all(self) -> None:
        by_account: defaultdict[Keys, list[str]] = defaultdict(list)
        with self._lock:
            for batch, keys in self._held.items():
                by_account[keys].append(batch)
        for keys, batches in by_account.items():
            for some in chunks(batches, LEASES_A_CALL):
                left = self._store.run(renew(keys, some, lease_ms=self._lease_ms))
                if any(left.values()):
                    self._pulse.made(Step.RENEWAL)
                gone = {batch for batch, ms in left.items() if ms == 0}
                with self._lock:  # what was settled meanwhile is not lost
                    lost = len(gone & self._held.keys())
                if lost:
                    self._log.warning("leases_lost", account=keys.account, batches=lost)
