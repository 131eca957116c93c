"""Puts right what an audit found, and audits again until there is nothing left to put right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bulkwire.intake import chunks
from bulkwire.store.keys import Keys
from bulkwire.store.repairing import (
    repair_count,
    repair_index,
    repair_leases,
    repair_messages,
    repair_page,
    repair_turns,
)
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from bulkwire_cli.auditing.corrections import Correction
from bulkwire_cli.auditing.faults import Fault, Progress, Subject, of_message
from bulkwire_cli.auditing.pipelines import IDS_A_CALL
from bulkwire_cli.auditing.structures import CAMPAIGNS_A_CALL
from bulkwire_cli.auditing.suspects import IDS_TO_JUDGE

__all__ = ["Repairs", "repair_account", "repairs_for"]

ROUNDS: Final = 4
"""For records that no roll named, for where they stand, for the counts; and one to spare."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """What was put right, or would be."""

    faults: tuple[Fault, ...] = ()
    counts: tuple[Correction, ...] = ()

    def __add__(self, more: "Repairs") -> "Repairs":
        return Repairs(self.faults + more.faults, self.counts + more.counts)

    def __bool__(self) -> bool:
        return bool(self.faults or self.counts)


def repair_account(
    store: Store, keys: Keys, progress: Progress, found: AccountAudit
) -> tuple[AccountAudit, Repairs]:
    """Repairs what was `found`; answers the audit afterwards. Run twice it repairs nothing more.

    Raises StoreError.
    """
    done = Repairs()
    for _ in range(ROUNDS):
        step = repairs_for(store, keys, found)
        if not step:
            break
        done += step
        found = audit_account(store, keys, progress)
    return found, done


def repairs_for(
    store: Store, keys: Keys, found: AccountAudit, *, only_look: bool = False
) -> Repairs:
    """One round of repairs; with `only_look`, what it would repair.

    Counts come last: while anything else is wrong, the records don't add up to what is right. Of a
    message that is lost for good they tell the state that it was in, and stay as they are. Nothing
    at all is repaired while a key is of another type: what stood there is what the rest hangs on.
    """
    if any(one.subject is Subject.KEY for one in found.faults):
        return Repairs()
    if any(one.subject is not Subject.HOLD for one in found.faults):
        return Repairs(tuple(_repaired(store, keys, found.faults, only_look=only_look)))
    return Repairs(
        counts=tuple(one for one in found.corrections if only_look or _correct(store, keys, one))
    )


def _correct(store: Store, keys: Keys, one: Correction) -> bool:
    return store.run(repair_count(keys, one.campaign, one.name, seen=one.seen, right=one.right))


def _repaired(
    store: Store, keys: Keys, faults: Sequence[Fault], *, only_look: bool
) -> Iterator[Fault]:
    def ids(subject: Subject) -> list[str]:
        return list(dict.fromkeys(one.id for one in faults if one.subject is subject))

    for chunk in chunks(ids(Subject.BATCH), IDS_A_CALL):
        wrong = store.run(repair_leases(keys, chunk, only_look=only_look))
        yield from (Fault(batch, what, Subject.BATCH) for batch, what in wrong.items())
    for chunk in chunks(ids(Subject.MESSAGE), IDS_TO_JUDGE):
        wrong = store.run(repair_messages(keys, chunk, only_look=only_look))
        yield from (of_message(message_id, what) for message_id, what in wrong.items())
    yield from _entries(store, keys, faults, only_look=only_look)
    yield from _turns(store, keys, faults, only_look=only_look)
    yield from _pages(store, keys, faults, only_look=only_look)
    yield from _counts(store, keys, faults, only_look=only_look)


def _entries(
    store: Store, keys: Keys, faults: Sequence[Fault], *, only_look: bool
) -> Iterator[Fault]:
    strays = [one for one in faults if one.subject is Subject.ENTRY]
    for index in sorted({one.place for one in strays}):
        mine = {one.id: one for one in strays if one.place == index}
        for chunk in chunks(mine, IDS_TO_JUDGE if index.startswith("ready:") else IDS_A_CALL):
            denied = store.run(repair_index(keys, index, chunk, only_look=only_look))
            yield from (mine[message_id] for message_id in denied)


def _turns(
    store: Store, keys: Keys, faults: Sequence[Fault], *, only_look: bool
) -> Iterator[Fault]:
    lists = [one for one in faults if one.subject is Subject.READY_LIST]
    for chunk in chunks(sorted({one.place for one in lists}), CAMPAIGNS_A_CALL):
        given = {ready.name for ready in store.run(repair_turns(keys, chunk, only_look=only_look))}
        yield from (one for one in lists if one.id in given)


def _pages(
    store: Store, keys: Keys, faults: Sequence[Fault], *, only_look: bool
) -> Iterator[Fault]:
    for one in faults:
        if one.subject is Subject.PAGE:
            roll, _, page = one.id.rpartition("/")
            if store.run(repair_page(keys, roll, int(page), only_look=only_look)):
                yield one


def _counts(
    store: Store, keys: Keys, faults: Sequence[Fault], *, only_look: bool
) -> Iterator[Fault]:
    """Counts that are no number become 0; once the rest is right, what the records add up to."""
    for one in faults:
        if one.subject is Subject.COUNT:
            name = one.id.removeprefix(f"{one.place}/") if one.place else one.id
            if only_look or store.run(repair_count(keys, one.place, name, seen=None, right=0)):
                yield one
