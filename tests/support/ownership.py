"""Every key is accounted for by a roll, an index or a TTL: what is not would stay for ever."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from redis import Redis

from bulkwire.states import Channel, Priority
from bulkwire.store import keys as key_names

__all__ = ["ownerless"]

FOR_GOOD: Final = frozenset({key_names.ACCOUNTS, key_names.WAKE_FAILURES})
_KEY: Final = re.compile(r"(bulkwire:\{[^}]+\}:)([a-z_]+)(?::(.*))?")


class _Account:
    """What of one account accounts for its keys; each thing read once."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis: Any = redis
        self._prefix = prefix
        self._read: dict[str, Any] = {}

    def names(self, key: str, member: str) -> bool:
        """Whether a set, sorted set, hash or list of the account has it."""
        if key not in self._read:
            self._read[key] = frozenset(map(_text, self._members(self._prefix + key)))
        return member in self._read[key]

    def _members(self, key: str) -> Any:
        match _text(self._redis.type(key)):
            case "zset":
                return self._redis.zrange(key, 0, -1)
            case "set":
                return self._redis.smembers(key)
            case "list":
                return self._redis.lrange(key, 0, -1)
        return []

    def field(self, key: str, name: str) -> str:
        """A field of one of its hashes, read anew: records are many."""
        return _text(self._redis.hget(self._prefix + key, name) or b"")


Owned: TypeAlias = Callable[[_Account, str], bool]


def _message(account: _Account, message_id: str) -> bool:
    page = account.field(f"message:{message_id}", "page")
    roll, _, number = page.rpartition("/")
    return account.names(f"roll:{roll}:{number}", message_id)


def _ready(account: _Account, name: str) -> bool:
    """A list has a turn, or its campaign is stopped and will give it one."""
    priority, _, member = name.partition(":")
    campaign = member.partition(":")[2]
    if account.names(f"turns:{priority}", member):
        return True
    return account.field(f"campaign:{campaign}", "state") not in {"", "running"}


def _roll(account: _Account, name: str) -> bool:
    roll, _, number = name.rpartition(":")
    length = int(account.field(f"roll_pages:{roll}", "length") or 0)
    first = int(account.field(f"roll_pages:{roll}", "first") or 0)
    return account.names("rolls", roll) and first <= int(number) and int(number) * 200 < length


FAMILIES: Final[Mapping[str, Owned]] = {
    "batch": lambda account, name: account.names("leases", name),
    "campaign": lambda account, name: account.names("campaigns", name),
    "due": lambda _, name: name in set(Priority),
    "message": _message,
    "rate": lambda _, name: name in set(Channel),
    "ready": _ready,
    "roll": _roll,
    "roll_pages": lambda account, name: account.names("rolls", name),
    "turns": lambda _, name: name in set(Priority),
}


def ownerless(redis: Redis) -> list[str]:
    """The keys of the database that nothing accounts for, sorted."""
    client: Any = redis
    accounts: dict[str, _Account] = {}
    found = []
    for key in map(_text, client.scan_iter(count=1000)):
        parts = _KEY.fullmatch(key)
        if parts is None:
            owned = key in FOR_GOOD or client.ttl(key) >= 0
        else:
            prefix, name, rest = parts.groups()
            account = accounts.setdefault(prefix, _Account(redis, prefix))
            owned = _owned(account, name, rest)
        # What went while we looked needs no owner.
        if not owned and client.exists(key):
            found.append(key)
    return sorted(found)


def _owned(account: _Account, name: str, rest: str | None) -> bool:
    if rest is None:
        return name in key_names._SINGLE
    return name in FAMILIES and FAMILIES[name](account, rest)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
