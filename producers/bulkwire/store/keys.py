"""Every key name, built in this one place, for Python and for Lua.

All keys of an account share the hash tag `{account}`, so that on a cluster an account lives in
one slot and a script may touch all of its keys.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ACCOUNTS",
    "UPKEEP_SEEN",
    "WAKE_FAILURES",
    "WAKE_FLAG",
    "WORKERS",
    "Keys",
    "WorkerKey",
    "lua_keys",
]

ACCOUNTS: Final = "bulkwire:accounts"
"""set: every account that ever enqueued."""
WAKE_FLAG: Final = "bulkwire:wake"
"""string with a TTL: a wake-up is on its way; deleted by dispatch before its first claim."""
WAKE_FAILURES: Final = "bulkwire:wake_failures"
"""string: how many wake-ups could not be published (the broker was away)."""
UPKEEP_SEEN: Final = "bulkwire:upkeep"
"""string with a TTL: an upkeep task is at work, so dispatch need not do its chores."""
WORKERS: Final = "bulkwire:worker:"
"""string with a TTL per worker: how it is doing, by its own account."""

_SINGLE: Final = (
    "campaigns",  # set: campaign names
    "counts",  # hash: messages per state, and `total`
    "dead",  # zset: ids by the time they died
    "health",  # hash: per channel, failures since the last success; the balance last tried
    "holds",  # hash: one field per reason, optionally `reason:channel`
    "in_doubt",  # zset: ids by the time they fell in doubt
    "leases",  # zset: batches by deadline
    "operator_log",  # stream: what operators did, capped
    "poll",  # zset: accepted ids by next status check
    "redrives",  # hash: per hold that was lifted, what upkeep has to send again
    "rolls",  # zset: roll names by the time of their first id
    "served",  # hash: per priority, the virtual time last served
    "server",  # hash: `run_id` of the server last used; when leases were last reaped
    "suppressed",  # set: `channel:number` of those who opted out
    "witnesses",  # hash: process that sends → when last seen, `run_id` it has spoken for
)
_FAMILIES: Final = {
    "batch": 1,  # hash: ids leased together, whether the request may have left
    "campaign": 1,  # hash: state, salt, and `count:<state>`
    "due": 1,  # zset per priority: ids by due time
    "message": 1,  # hash: the record
    "rate": 1,  # hash per channel: token bucket in messages, the learned ceiling, what was taken
    "ready": 3,  # list per priority, channel, campaign: ids ready to send
    "roll": 2,  # list per roll and page: every id taken in; goes once all of it was archived
    "roll_pages": 1,  # hash per roll: its length, its first page, and archived ids per page
    "turns": 1,  # zset per priority: ready lists that hold work, by virtual time served
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one account."""

    account: str

    @property
    def prefix(self) -> str:
        """What all keys of this account start with."""
        return f"bulkwire:{{{self.account}}}:"

    @property
    def anchor(self) -> str:
        """The key scripts declare: it routes to the account's slot and exists once used."""
        return self.single("counts")

    def single(self, name: str) -> str:
        """The key of a structure that exists once per account."""
        if name not in _SINGLE:
            raise KeyError(name)
        return self.prefix + name

    def family(self, name: str, *parts: str) -> str:
        """The key of one member of a family, such as `message:<id>`."""
        if len(parts) != _FAMILIES[name]:
            raise ValueError(f"{name} takes {_FAMILIES[name]} parts, not {len(parts)}")
        return self.prefix + ":".join((name, *parts))

    def message(self, message_id: str) -> str:
        """The record of one message."""
        return self.family("message", message_id)

    def campaign(self, name: str) -> str:
        """The hash of one campaign."""
        return self.family("campaign", name)


@dataclass(frozen=True, slots=True)
class WorkerKey:
    """Where the worker of this node name (`celery@host`) says how it is doing."""

    name: str

    @property
    def anchor(self) -> str:
        """The key that its script declares: the only one."""
        return WORKERS + self.name


def lua_keys(wanted: Collection[str]) -> str:
    """Lua source of the table `K`: the same names, for scripts (`K.poll`, `K.message(id)`).

    Only the names in `wanted`: the table is built again each time a script runs.
    """
    lines = ["local P = string.sub(KEYS[1], 1, -#'counts' - 1)", "local K = {"]
    lines += [f"  {name} = P .. '{name}'," for name in _SINGLE if name in wanted]
    for name, arity in _FAMILIES.items():
        if name in wanted:
            parts = ", ".join("abc"[:arity])
            joined = " .. ':' .. ".join("abc"[:arity])
            lines.append(f"  {name} = function({parts}) return P .. '{name}:' .. {joined} end,")
    return "\n".join([*lines, "}"])
