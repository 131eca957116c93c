"""Says again what this process sent, when the store's server was started anew or replaced.

A thread with a connection of its own: it has to speak within the lease for which claiming rests,
however busy the event loop is.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator
from typing import Final

import structlog

from bulkwire.errors import StoreError
from bulkwire.intake import chunks
from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.keys import Keys
from bulkwire.store.recovering import Reasserted, attend, reassert
from bulkwire.store.runner import Store
from bulkwire.store.sending import ClaimTerms, settle
from bulkwire_workers.sending.recollection import Recollection, Statement

__all__ = ["Witness"]

LOOKS_PER_LEASE: Final = 5
BATCHES_A_CALL: Final = 20


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
        self._name = secrets.token_hex(8)
        self._spoken_for = dict.fromkeys(accounts, "")
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
        server = self._attend(keys)
        # None at all: nobody has enqueued for the account since it was made, or emptied by people.
        if server and server != self._spoken_for[keys]:
            self.say_again(keys)
            self._spoken_for[keys] = server
            self._attend(keys)

    def say_again(self, keys: Keys) -> None:
        """Says all there is to say about an account's batches."""
        statements = self._recollection.of(keys)
        said: list[Reasserted] = []
        for some in chunks(statements, BATCHES_A_CALL):
            said += self._store.run_many([self._reassert(one) for one in some if one.sent])
            # What was learnt before its batch was known again could not be settled: so it is now.
            # So is what did not leave, where the store remembers only that it may have left.
            latest = [self._recollection.latest(statement) for statement in some]
            self._store.run_many([call for one in latest for call in self._settle(one)])
            self._attend(keys)  # still here, and still speaking
        if statements:
            set_right = sum(one.set_right for one in said)
            unknown = sum(one.unknown for one in said)
            # A process's first look comes after its first claims: that alone is no news.
            news = self._spoken_for[keys] or set_right or unknown
            (self._log.warning if news else self._log.debug)(
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
            for keys in self._spoken_for:
                try:
                    self.look(keys)
                except StoreError as error:
                    # It is away, or went away half-way: the next look says all of it again.
                    self._log.info("witness_not_heard", account=keys.account, error=str(error))

    def _attend(self, keys: Keys) -> str:
        return self._store.run(attend(keys, self._name, spoken_for=self._spoken_for[keys]))

    def _reassert(self, statement: Statement) -> Call[Reasserted]:
        return reassert(
            statement.keys,
            statement.taken,
            statement.sent,
            departed=statement.last_attempt,
            terms=self._terms,
        )

    def _settle(self, statement: Statement) -> Iterator[Call[dict[str, State | None]]]:
        keys, batch = statement.keys, statement.taken.batch
        for attempt, outcomes in statement.learnt.items():
            yield settle(keys, batch, attempt, outcomes, first_check_ms=self._first_check_ms)
