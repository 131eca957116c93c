"""What a server and a worker take up, measured from outside."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

__all__ = ["Sample", "take_sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment."""

    at_s: float
    server_bytes: int
    """What the server has allocated, without the buffers of its connections."""
    rss_bytes: Mapping[int, int]
    """Resident memory by process id: the worker and its pool processes."""
    kept: int = 0
    """Messages that have a record."""


def take_sample(client: redis.Redis, worker: int, *, at_s: float, kept: int = 0) -> Sample:
    """Measures now."""
    memory: Any = client.info("memory")
    held = memory["used_memory"] - memory.get("mem_clients_normal", 0)
    return Sample(at_s, held, _rss(worker), kept)


def _rss(root: int) -> dict[int, int]:
    """Of a process and all that descend from it, but the shell that guards it."""
    command = ("ps", "-A", "-o", "pid=,ppid=,rss=,comm=")
    table = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout
    rows = [line.split(None, 3) for line in table.splitlines()]
    parents = {int(pid): int(parent) for pid, parent, _, _ in rows}
    found = {}
    for pid, _, kilobytes, name in rows:
        if _descends(int(pid), root, parents) and not name.strip().endswith("sh"):
            found[int(pid)] = int(kilobytes) * 1024
    return found


def _descends(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root
