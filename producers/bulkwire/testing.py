"""For the tests of applications: what they enqueue is checked and kept, and goes nowhere.

    from bulkwire.testing import captured

    def test_a_login_sends_a_code():
        with captured() as outbox:
            log_in("thandi")
        assert outbox.messages[0].to == "27821234567"

Installed with pytest, the fixture `bulkwire_outbox` does the same for a whole test. Needs neither
a Redis nor settings. Captures what every `Bulkwire` of the process enqueues.
"""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from bulkwire.client import Bulkwire
from bulkwire.intake import Answered
from bulkwire.message import EnqueueResult, Message, fingerprint
from bulkwire.states import State

__all__ = ["Outbox", "captured"]

_NOWHERE = "redis://captured.invalid/0"


class Outbox:
    """What was enqueued, in order. A duplicate id is answered as the real queue would."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def take_in(self, messages: Sequence[Message]) -> Answered:
        """Keeps messages that are new, and answers like the message store."""
        return Answered(tuple(self._one(message) for message in messages))

    def _one(self, message: Message) -> EnqueueResult:
        state = State.SCHEDULED if message.send_at else State.QUEUED
        for known in self.messages:
            if (known.account, known.id) == (message.account, message.id):
                conflict = fingerprint(known) != fingerprint(message)
                return EnqueueResult(message.id, created=False, state=state, conflict=conflict)
        self.messages.append(message)
        return EnqueueResult(message.id, created=True, state=state)


@contextmanager
def captured() -> Generator[Outbox]:
    """Captures what is enqueued inside the block."""
    box = Outbox()

    def take_in(_: Bulkwire, messages: Sequence[Message]) -> Answered:
        return box.take_in(messages)

    async def atake_in(_: Bulkwire, messages: Sequence[Message]) -> Answered:
        return box.take_in(messages)

    settings = {"BULKWIRE_REDIS_URL": os.environ.get("BULKWIRE_REDIS_URL", _NOWHERE)}
    with (
        patch.dict(os.environ, settings),
        patch.object(Bulkwire, "_take_in", take_in),
        patch.object(Bulkwire, "_atake_in", atake_in),
    ):
        yield box
