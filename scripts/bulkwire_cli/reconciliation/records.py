"""Every record of an account, read from its rolls."""

from collections.abc import Iterator

from bulkwire.store.auditing import read_page_ids
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage, read_message
from bulkwire.store.runner import Store
from bulkwire.store.upkeep import read_extent, read_rolls

__all__ = ["every_message"]


def every_message(store: Store, keys: Keys) -> Iterator[StoredMessage]:
    """Every message that has a record, roll by roll. Raises StoreError."""
    for roll in store.run(read_rolls(keys)):
        for page in store.run(read_extent(keys, roll)).pages:
            ids = store.run(read_page_ids(keys, roll, page))
            for message in store.run_many([read_message(keys, one) for one in ids]):
                if message is not None:
                    yield message
