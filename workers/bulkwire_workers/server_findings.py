"""Whether a server can hold messages, judged from what its INFO says. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["Finding", "Result", "judge_server"]

FULL: Final = 0.8
"""From here on `low` is refused."""


class Result(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check."""

    name: str
    result: Result
    found: str
    remedy: str = ""
    stops_workers: bool = False
    """A worker doesn't start on such a server: messages would be lost or could not be sent."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.name, self.found, self.remedy) if part)


def judge_server(info: Mapping[str, object], missing: Sequence[str]) -> list[Finding]:
    """Whether this server can hold messages. `missing` are commands that it doesn't know."""
    return [
        _version(info, missing),
        _role(info),
        _eviction(info),
        _evicted(info),
        *_memory(info),
        *_persistence(info),
    ]


def _version(info: Mapping[str, object], missing: Sequence[str]) -> Finding:
    valkey = info.get("valkey_version")
    found = f"Valkey {valkey}" if valkey else f"Redis {info.get('redis_version')}"
    if missing:
        known = f"{found} does not know {', '.join(missing)}"
        remedy = "use Redis or Valkey, 7.2 or later"
        return Finding("server", Result.FAIL, known, remedy, stops_workers=True)
    return Finding("server", Result.OK, found)


def _role(info: Mapping[str, object]) -> Finding:
    role = str(info.get("role", ""))
    if role == "master":
        return Finding("server role", Result.OK, "primary")
    remedy = "BULKWIRE_REDIS_URL must name the primary"
    return Finding("server role", Result.FAIL, role, remedy, stops_workers=True)


def _eviction(info: Mapping[str, object]) -> Finding:
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        return Finding("eviction policy", Result.OK, policy)
    if policy == "unknown":
        remedy = "its INFO does not tell: see to it that maxmemory-policy is noeviction"
        return Finding("eviction policy", Result.WARN, policy, remedy)
    remedy = "set maxmemory-policy noeviction, or messages will be thrown away to make room"
    return Finding("eviction policy", Result.FAIL, policy, remedy, stops_workers=True)


def _evicted(info: Mapping[str, object]) -> Finding:
    evicted = _number(info, "evicted_keys")
    if not evicted:
        return Finding("evicted keys", Result.OK, "none")
    remedy = "messages may be among them: run `bulkwire audit`"
    return Finding("evicted keys", Result.FAIL, f"{evicted:,} since the server started", remedy)


def _memory(info: Mapping[str, object]) -> Iterator[Finding]:
    limit = _number(info, "maxmemory")
    if not limit:
        remedy = "set maxmemory, or the system may kill a server that grows"
        yield Finding("memory", Result.WARN, "no limit", remedy)
        return
    share = _number(info, "used_memory") / limit
    found = f"{share:.0%} used"
    if share < FULL:
        yield Finding("memory", Result.OK, found)
    else:
        remedy = "raise maxmemory, or wait until messages are sent"
        yield Finding("memory", Result.WARN, f"{found}: enqueueing refuses some", remedy)


def _persistence(info: Mapping[str, object]) -> Iterator[Finding]:
    if _number(info, "aof_enabled"):
        yield Finding("persistence", Result.OK, "append-only file")
    else:
        remedy = "set appendonly yes, or a server that ends takes the messages with it"
        yield Finding("persistence", Result.WARN, "no append-only file", remedy)
    for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
        word = str(info.get(name, "ok"))
        if word != "ok":
            remedy = "see the server's log; its disk may be full"
            yield Finding("persistence", Result.FAIL, f"{name}: {word}", remedy)


def _number(info: Mapping[str, object], name: str) -> int:
    value = info.get(name, 0)
    return int(value) if isinstance(value, int | float | str) else 0
