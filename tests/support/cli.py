"""The command line as tests call it, and messages to steer with it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bulkwire import Bulkwire
from bulkwire.outcomes import Outcome, Rejected, Unanswered
from bulkwire.states import Category
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, settle

__all__ = ["Command", "Done", "Messages"]

KEYS = Keys("default")
TERMS = ClaimTerms(linger_ms=0)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Done]
"""`bulkwire`, to be called with its words."""


class Messages:
    """Messages of the account `default`, brought where a test needs them."""

    def __init__(self, redis_url: str) -> None:
        self.client = Bulkwire(redis_url=redis_url)
        self.store = Store(redis_url)
        self.keys = KEYS
        self._batches = 0

    def enqueue(self, *ids: str, **fields: object) -> None:
        messages = (
            {"to": f"+2782{number:07d}", "content": "Hello", "id": message_id, **fields}
            for number, message_id in enumerate(ids)
        )
        assert all(result.created for result in self.client.enqueue_messages(messages))

    def die(self, *ids: str, category: Category, reason: str = "code_30", **fields: object) -> None:
        self._end(Rejected(reason, category, code=30), ids, fields)

    def fall_in_doubt(self, *ids: str, **fields: object) -> None:
        self._end(Unanswered("read_timeout"), ids, fields)

    def _end(self, outcome: Outcome, ids: tuple[str, ...], fields: dict[str, object]) -> None:
        """Enqueues these and ends them like that; nothing else may be waiting."""
        self.enqueue(*ids, **fields)
        left = len(ids)
        while left:
            self._batches += 1
            batch = self.store.run(claim(self.keys, f"batch-{self._batches}", terms=TERMS))
            assert isinstance(batch, Batch)
            self.store.run(depart(self.keys, batch.id, 1, lease_ms=15_000))
            outcomes = {message.id: outcome for message in batch.messages}
            self.store.run(settle(self.keys, batch.id, 1, outcomes, first_check_ms=1_000))
            left -= len(outcomes)

    def states(self, *ids: str) -> list[str]:
        return [self.client.get_message(message_id).state for message_id in ids]

    def close(self) -> None:
        self.client.close()
        self.store.close()
