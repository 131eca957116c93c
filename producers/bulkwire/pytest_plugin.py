"""pytest finds this by itself where Bulkwire is installed: the fixture `bulkwire_outbox`."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bulkwire.testing import Outbox

__all__ = ["bulkwire_outbox"]


@pytest.fixture
def bulkwire_outbox() -> "Iterator[Outbox]":
    """What the test's code enqueues; it goes nowhere."""
    # Every pytest run of an environment with Bulkwire loads this module: not all of Bulkwire, too.
    from bulkwire.testing import captured  # noqa: PLC0415

    with captured() as outbox:
        yield outbox
