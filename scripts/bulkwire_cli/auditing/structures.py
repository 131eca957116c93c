"""Looks at what stands beside the records: indexes, leases, batches, turns of ready lists."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bulkwire.intake import chunks
from bulkwire.states import Priority, State
from bulkwire.store.auditing import read_entries, read_size, scan_batches
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_campaigns
from bulkwire.store.repairing import repair_index, repair_leases, repair_turns
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.faults import Fault, Subject
from bulkwire_cli.auditing.pipelines import IDS_A_CALL
from bulkwire_cli.auditing.reading import read_or
from bulkwire_cli.auditing.unreadable import wrong_keys
from bulkwire_cli.auditing.walk import denied

__all__ = ["CAMPAIGNS_A_CALL", "broken_structures"]

CAMPAIGNS_A_CALL: Final = 40
SCANNED_AT_ONCE: Final = 1_000
LEASES: Final = "leases"
NO_TURN: Final = "holds ids, but has no turn"
_HOMES: Final = {
    "poll": State.ACCEPTED,
    "dead": State.DEAD,
    "in_doubt": State.IN_DOUBT,
    **{f"due:{priority}": None for priority in Priority},
}


def broken_structures(store: Store, keys: Keys, found: Mapping[str, int]) -> Iterator[Fault]:
    """What is wrong beside the records. `found`: how many records are in each state.

    Ids that a ready list names and their records deny are no fault: claims drop them.
    """
    for index, state in _HOMES.items():
        # Each record was looked for in its index: one that holds as many holds no others.
        if read_or(store, read_size(keys, index), 0) != (found.get(state, 0) if state else 0):
            yield from _stray_entries(store, keys, index)
    yield from _unmatched_leases(store, keys)
    yield from _lists_without_turn(store, keys)


def _stray_entries(store: Store, keys: Keys, index: str) -> Iterator[Fault]:
    for ids in _entries(store, keys, index):
        for message_id in store.run(repair_index(keys, index, ids, only_look=True)):
            yield Fault(message_id, denied(index), Subject.ENTRY, index)


def _entries(store: Store, keys: Keys, index: str) -> Iterator[list[str]]:
    skip = 0
    while ids := read_or(store, read_entries(keys, index, skip=skip, count=IDS_A_CALL), []):
        yield ids
        skip += len(ids)


def _unmatched_leases(store: Store, keys: Keys) -> Iterator[Fault]:
    batches = {batch for chunk in _entries(store, keys, LEASES) for batch in chunk}
    cursor = None
    while cursor != 0:
        cursor, kept = store.run(scan_batches(keys, cursor or 0, count=SCANNED_AT_ONCE))
        batches.update(kept)
    yield from wrong_keys(store, keys, (f"batch:{batch}" for batch in sorted(batches)))
    for chunk in chunks(sorted(batches), IDS_A_CALL):
        wrong = read_or(store, repair_leases(keys, chunk, only_look=True), {})
        yield from (Fault(batch, what, Subject.BATCH) for batch, what in wrong.items())


def _lists_without_turn(store: Store, keys: Keys) -> Iterator[Fault]:
    campaigns: Sequence[str] = ["", *read_or(store, read_campaigns(keys), [])]
    for chunk in chunks(campaigns, CAMPAIGNS_A_CALL):
        for ready in read_or(store, repair_turns(keys, chunk, only_look=True), []):
            yield Fault(ready.name, NO_TURN, Subject.READY_LIST, ready.campaign)
