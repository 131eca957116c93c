"""An application that enqueues, and looks into the store as an operator would."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Final, TypeAlias

from bulkwire import Bulkwire, StoredMessage
from bulkwire.errors import UnknownMessage
from bulkwire.store.auditing import check_page
from bulkwire.store.call import command
from bulkwire.store.keys import Keys
from bulkwire.store.listing import read_time_ms
from bulkwire.store.record import read_counts, read_message
from bulkwire.store.runner import Store
from bulkwire.store.steering import Hold, HoldReason, lift_hold, place_hold, read_holds
from bulkwire.store.upkeep import read_extent, read_rolls
from bulkwire_cli.simulator.client import SimulatorClient
from support.waiting import wait_until
from support.worker import TEXT

__all__ = ["MOVING", "Shop", "Simulate", "number", "text"]

Simulate: TypeAlias = Callable[..., SimulatorClient]
"""Takes a scenario's keys: the provider behaves like that, and has seen nothing."""

MOVING: Final = ("scheduled", "queued", "sending")
"""States of messages that have yet to be sent."""


def number(n: int) -> str:
    """The n-th recipient, as the provider sees it."""
    return f"27829{n:06d}"


def text(n: int, **fields: Any) -> dict[str, Any]:
    """A message to the n-th recipient."""
    return {"to": f"+{number(n)}", "content": f"{TEXT} {n}", **fields}


@dataclass(frozen=True)
class Shop:
    """The account `default` of one message store."""

    bulkwire: Bulkwire
    store: Store
    keys: Keys
    mark: str = field(default_factory=lambda: token_hex(4))
    """Begins every id: a worker that outlives a test still knows the ids of the test before, and
    to say them again to a store that was emptied would be right."""

    def id(self, n: int) -> str:
        """The id of the message to the n-th recipient."""
        return f"{self.mark}-{n}"

    def text(self, n: int, **fields: Any) -> dict[str, Any]:
        """The message to the n-th recipient, under its id."""
        return text(n, **{"id": self.id(n), **fields})

    def enqueue(self, numbers: Iterable[int], **fields: Any) -> list[str]:
        """One message to each of the recipients; answers the ids."""
        messages = (self.text(n, **fields) for n in numbers)
        return [result.id for result in self.bulkwire.enqueue_messages(messages)]

    def message(self, n: int) -> StoredMessage:
        """The message to the n-th recipient."""
        return self.bulkwire.get_message(self.id(n))

    def messages(self, numbers: Iterable[int]) -> list[StoredMessage]:
        """The messages to those recipients, read in one go."""
        ids = [self.id(n) for n in numbers]
        found = self.store.run_many([read_message(self.keys, one) for one in ids])
        missing = [one for one, message in zip(ids, found, strict=True) if message is None]
        if missing:
            raise UnknownMessage(missing[0], self.keys.account)
        return [message for message in found if message]

    def counts(self) -> dict[str, int]:
        """Messages per state, without those that hold none; `total` among them."""
        return {state: n for state, n in self.store.run(read_counts(self.keys)).items() if n}

    def wait_for(self, within: float = 60.0, **counts: int) -> None:
        """Waits until that many messages are in those states."""

        def reached() -> bool:
            now = self.counts()
            return all(now.get(state, 0) == n for state, n in counts.items())

        self._wait(reached, within, f"{counts}")

    def wait_until_sent(self, within: float = 60.0) -> None:
        """Waits until nothing is left to send."""
        self._wait(lambda: not _any(self.counts(), MOVING), within, "everything being sent")

    def wait_until_final(self, within: float = 60.0) -> None:
        """Waits until nothing is left to send nor to ask for."""
        moving = (*MOVING, "accepted")
        self._wait(lambda: not _any(self.counts(), moving), within, "everything being final")

    def wait_for_hold(self, name: str, within: float = 60.0) -> Hold:
        """Waits for that hold and for the end of what was on its way: an answer places its hold
        before it is written down. Answers the hold as it then stands."""
        self._wait(lambda: name in self.holds(), within, f"the hold {name}")
        self.wait_for(within, sending=0)
        return self.holds()[name]

    def wait_for_failed_trials(self, name: str, more_than: int = 0, within: float = 60.0) -> None:
        """Waits until more trials of that hold have failed, and the last is written down."""
        self._wait(lambda: self.holds()[name].streak > more_than, within, f"a trial of {name}")
        self.wait_for(within, sending=0)

    def _wait(self, reached: Callable[[], bool], within: float, what: str) -> None:
        try:
            wait_until(reached, within, what)
        except AssertionError as error:
            said = f"{error}; the counts are {self.counts()}, the holds {self.holds()}"
            raise AssertionError(said) from None

    def recount(self) -> dict[str, int]:
        """Messages per state by the records themselves; fails where one is not in its index.

        Exact where nothing moves meanwhile.
        """
        states: dict[str, int] = {}
        for roll in self.store.run(read_rolls(self.keys)):
            extent = self.store.run(read_extent(self.keys, roll))
            assert not extent.gone
            for page in extent.pages:
                checked = self.store.run(check_page(self.keys, roll, page))
                assert not checked.wrong
                states["total"] = states.get("total", 0) + checked.ids
                for state, n in checked.states.items():
                    states[str(state)] = states.get(str(state), 0) + n
        return states

    def assert_conserved(self, total: int) -> None:
        """Every message taken in is in exactly one state, and the counts say the same."""
        counts = self.counts()
        assert self.recount() == counts
        assert sum(n for state, n in counts.items() if state != "total") == counts["total"] == total

    def holds(self) -> dict[str, Hold]:
        """The holds that stand, by field."""
        return {hold.field: hold for hold in self.store.run(read_holds(self.keys))}

    def age(self, n: int, *, minutes: int) -> None:
        """The n-th message's validity runs as if it had waited for so long."""
        key = self.keys.message(self.id(n))
        by = -minutes * 60_000
        self.store.run(command("HINCRBY", key, "expires_at", by, read=lambda _: None))

    def hold(self) -> None:
        """An operator stops everything."""
        now_ms = self.store.run(read_time_ms())
        self.store.run(
            place_hold(self.keys, HoldReason.OPERATOR, comes_from=now_ms, why="a test", by="test")
        )

    def lift(self, *fields: str) -> None:
        """An operator lifts the holds of those names."""
        for name in fields:
            assert self.store.run(lift_hold(self.keys, self.holds()[name]))


def _any(counts: dict[str, int], states: Iterable[str]) -> bool:
    return any(counts.get(state) for state in states)
