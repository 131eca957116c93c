"""What scripts do, command by command, as the server itself tells it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis

__all__ = ["WRITES", "touched_late", "watched"]

WRITES = {
    "DEL", "HDEL", "HINCRBY", "HSET", "HSETNX", "LPUSH", "LTRIM", "RPUSH", "SADD", "SET", "ZADD",
    "ZREM",
}  # fmt: skip
MANY = ("EXISTS", "DEL")


@contextmanager
def watched(redis: Redis) -> Iterator[list[list[str]]]:
    """The commands that scripts ran while the block ran."""
    commands: list[list[str]] = []
    start: Callable[[], Any] = redis.monitor
    with start() as monitor:
        yield commands
        redis.echo("the end")
        for seen in monitor.listen():
            if seen["command"] == "ECHO the end":
                return
            if seen["client_type"] == "lua":
                commands.append(seen["command"].split(" "))


def touched_late(commands: list[list[str]]) -> list[str]:
    """Keys that a script met for the first time after its first write."""
    known: set[str] = set()
    late: list[str] = []
    writing = False
    for name, *arguments in commands:
        keys = arguments if name in MANY else arguments[:1] if name != "TIME" else []
        writing = writing or name in WRITES
        if writing:
            late += [f"{name} {key}" for key in keys if key not in known]
        known.update(keys)
    return late
