"""One line to the provider per account: its keys in the store and its client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkwire.store.keys import Keys
from bulkwire_config.settings import WorkerSettings, key_fingerprint
from bulkwire_workers.one_api.cautious import CautiousOneApi
from bulkwire_workers.one_api.wire import WireOptions

__all__ = ["CHECK_TIMEOUT_S", "Line", "open_lines"]

CHECK_TIMEOUT_S: Final = 10.0
"""A status request that takes longer is asked again later: nothing is lost by it."""
CONNECTIONS_PER_POOL: Final = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One account, as a worker serves it."""

    keys: Keys
    api: CautiousOneApi
    key_fingerprint: str
    redrive_on_lift: bool = False
    """What a used-up balance rejects is sent again once it has risen."""

    @property
    def account(self) -> str:
        return self.keys.account


def open_lines(
    settings: WorkerSettings, *, connections: int, read_timeout_s: float
) -> Mapping[str, Line]:
    """A line for every account there is a key for. Belongs to one event loop."""
    options = WireOptions(
        read_timeout_s=read_timeout_s,
        connections_per_pool=CONNECTIONS_PER_POOL,
        pools=max(1, -(-connections // CONNECTIONS_PER_POOL)),
    )
    return {
        account: Line(
            Keys(account),
            CautiousOneApi(settings.api_url, key, options=options),
            key_fingerprint(key),
            settings.redrive_on_lift,
        )
        for account, key in settings.keys.items()
    }
