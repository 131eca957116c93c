"""What `bulkwire status` shows, gathered from the store in a few pipelines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

from bulkwire.backpressure import read_memory_share
from bulkwire.states import Channel, Priority, State
from bulkwire.store.keys import Keys
from bulkwire.store.overview import (
    CampaignOverview,
    read_batches,
    read_campaign,
    read_due_size,
    read_ready_size,
    read_wake_failures,
)
from bulkwire.store.rates import ChannelRate, read_rate
from bulkwire.store.record import read_campaigns, read_counts
from bulkwire.store.runner import Store
from bulkwire.store.steering import Hold, read_holds
from bulkwire.store.upkeep import upkeep_runs
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.session import Session

__all__ = ["AccountOverview", "Counts", "KeyKnown", "Overview", "Waiting", "gather"]

Counts: TypeAlias = dict[str, int]
KeyKnown: TypeAlias = Literal["known", "missing", "unknown"]
PIPELINE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at one priority: `ready` to be claimed, `due` at a later time."""

    ready: int
    due: int


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """One account."""

    account: str
    key: KeyKnown
    """Whether this environment's settings have its API key; unknown where they have none at all."""
    counts: Counts
    holds: list[Hold]
    rates: list[ChannelRate]
    campaigns: list[CampaignOverview]
    waiting: dict[Priority, Waiting]
    batches: int
    """Batches that workers hold at this moment."""

    @property
    def is_used(self) -> bool:
        """Not just the default name of an account that nobody has."""
        return bool(self.counts or self.holds or self.key == "known")


@dataclass(frozen=True, slots=True)
class Overview:
    """The store at about one moment: each account is read by itself."""

    accounts: list[AccountOverview]
    states: Counts
    """Messages per state over everything that was asked for: every state, zeros too."""
    total: int
    wake_failures: int
    memory_share: float
    workers_seen: bool
    """Some worker has done its upkeep within the last seconds."""


def gather(session: Session, account: str | None, campaign: str | None) -> Overview:
    """Reads it all. Raises CommandFailed for an account or a campaign that there isn't."""
    store = session.store
    found = [_account(session, keys, campaign) for keys in session.keys_of_all(account)]
    accounts = [one for one in found if account or one.is_used]
    if campaign is not None:
        accounts = [one for one in accounts if one.campaigns]
        if not accounts:
            raise CommandFailed(f"there is no campaign {campaign}: see `bulkwire status`")
    counted = [
        counts
        for one in accounts
        for counts in (
            [one.counts] if campaign is None else [found.counts for found in one.campaigns]
        )
    ]
    states = _sum(counted)
    return Overview(
        accounts=accounts,
        states={state: states[state] for state in State},
        total=states["total"],
        wake_failures=store.run(read_wake_failures()),
        memory_share=store.run(read_memory_share()),
        workers_seen=store.run(upkeep_runs()),
    )


def _sum(counted: Sequence[Counts]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in counted:
        total.update(counts)
    return total


def _account(session: Session, keys: Keys, campaign: str | None) -> AccountOverview:
    store = session.store
    campaigns = store.run(read_campaigns(keys))
    shown = [name for name in campaigns if campaign in {None, name}]
    return AccountOverview(
        account=keys.account,
        key=_key(session, keys.account),
        counts=store.run(read_counts(keys)),
        holds=store.run(read_holds(keys)),
        rates=store.run_many([read_rate(keys, channel) for channel in Channel]),
        campaigns=_campaigns(store, keys, shown),
        waiting=_waiting(store, keys, campaigns),
        batches=store.run(read_batches(keys)),
    )


def _key(session: Session, account: str) -> KeyKnown:
    known = session.settings.keys
    if not known:
        return "unknown"
    return "known" if account in known else "missing"


def _campaigns(store: Store, keys: Keys, names: Sequence[str]) -> list[CampaignOverview]:
    found: list[CampaignOverview] = []
    for begin in range(0, len(names), PIPELINE):
        calls = [read_campaign(keys, name) for name in names[begin : begin + PIPELINE]]
        found += [one for one in store.run_many(calls) if one is not None]
    return found


def _waiting(store: Store, keys: Keys, campaigns: Sequence[str]) -> dict[Priority, Waiting]:
    lists = list(product(Priority, Channel, ("", *campaigns)))
    ready: Counter[Priority] = Counter()
    for begin in range(0, len(lists), PIPELINE):
        some = lists[begin : begin + PIPELINE]
        sizes = store.run_many([read_ready_size(keys, *one) for one in some])
        for (priority, _, _), size in zip(some, sizes, strict=True):
            ready[priority] += size
    due = store.run_many([read_due_size(keys, priority) for priority in Priority])
    return {
        priority: Waiting(ready[priority], later)
        for priority, later in zip(Priority, due, strict=True)
    }
