"""pytest finds this by itself where Bulkwire is installed: the fixture `bulkwire_outbox`."""

from collections.abc import Iterator

import pytest

from bulkwire.testing import Outbox, captured

__all__ = ["bulkwire_outbox"]


@pytest.fixture
def bulkwire_outbox() -> Iterator[Outbox]:
    """What the test's code enqueues; it goes nowhere."""
    with captured() as outbox:
        yield outbox
