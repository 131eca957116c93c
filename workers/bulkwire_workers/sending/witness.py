"""Says again what this process sent, when the store's server was started anew or replaced.

A thread with a connection of its own: it has to speak within the lease for which claiming rests,
however busy the event loop is.
"""

import threading
from collections.abc import Iterable
from typing import Final

import structlog

from bulkwire.errors import StoreError
from bulkwire.store.keys import Keys
from bulkwire.store.recovering import read_server, reassert
from bulkwire.store.runner import Store
from bulkwire.store.sending import ClaimTerms, settle
from bulkwire_workers.sending.recollection import Recollection, Statement

__all__ = ["Witness"]

LOOKS_PER_LEASE: Final = 5


class Witness:
    """Watches which server the accounts are on. Start it after the fork."""

    def __init__(
        self,
        redis_url: str,
        accounts: Iterable[Keys],
        recollection: Recollection,
        *,
        terms: ClaimTerms,
        first_check_ms: int,
    ) -> None:
        self._store = Store(redis_url)
        self._servers = dict.fromkeys(accounts, "")
        self._recollection = recollection
        self._terms = terms
        self._first_check_ms = first_check_ms
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bulkwire-witness", daemon=True)
        self._log = structlog.get_logger("bulkwire.recovering")

    def start(self) -> None:
        """Starts watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stops watching."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._store.close()

    def look(self, keys: Keys) -> None:
        """Says all of it again where the account is on another server than at the last look."""
        server = self._store.run(read_server(keys))
        # None at all: nobody has enqueued for the account since it was made, or emptied by people.
        if server and server != self._servers[keys]:
            self.say_again(keys)
            self._servers[keys] = server

    def say_again(self, keys: Keys) -> None:
        """Says all there is to say about an account's batches."""
        statements = self._recollection.of(keys)
        set_right = unknown = 0
        for statement in statements:
            said = self._store.run(
                reassert(
                    keys,
                    statement.taken,
                    statement.sent,
                    departed=statement.departed,
                    terms=self._terms,
                )
            )
            set_right, unknown = set_right + said.set_right, unknown + said.unknown
            # What was learnt before its batch was known again could not be settled: so it is now.
            self._settle(self._recollection.latest(statement))
        if statements:
            self._log.warning(
                "said_again",
                account=keys.account,
                batches=len(statements),
                set_right=set_right,
                unknown=unknown,
            )

    def _run(self) -> None:
        every_s = self._terms.lease_ms / 1000 / LOOKS_PER_LEASE
        while not self._stopping.wait(every_s):
            self._recollection.forget_old()
            for keys in self._servers:
                try:
                    self.look(keys)
                except StoreError as error:
                    # It is away, or went away half-way: the next look says all of it again.
                    self._log.info("witness_not_heard", account=keys.account, error=str(error))

    def _settle(self, statement: Statement) -> None:
        if statement.outcomes:
            self._store.run(
                settle(
                    statement.keys,
                    statement.taken.batch,
                    statement.outcomes,
                    first_check_ms=self._first_check_ms,
                )
            )
