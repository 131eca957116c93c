"""Applications that wait for a machine with other work, which may stand still for some seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from bulkwire.store.runner import AsyncStore, Store

__all__ = ["REPLY_S", "patient_stores"]

REPLY_S: Final = 30.0


@contextmanager
def patient_stores() -> Iterator[None]:
    """Whoever opens a store in this process waits so long for Redis, where an application is told
    within three seconds that it hangs. Processes that tests start are what they always are."""
    with pytest.MonkeyPatch.context() as patch:
        for store in (Store, AsyncStore):
            defaults = store.__init__.__kwdefaults__
            assert defaults is not None
            patch.setitem(defaults, "reply_timeout_s", REPLY_S)
        yield
