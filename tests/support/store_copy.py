"""A copy of all a store holds, to roll it back to: a server that came back and forgot."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

__all__ = ["StoreCopy"]


@dataclass(frozen=True)
class StoreCopy:
    """The keys of one database at one moment."""

    redis: Redis
    values: dict[Any, Any]

    @classmethod
    def of(cls, redis: Redis) -> "StoreCopy":
        """Copies everything; nothing may have a TTL."""
        return cls(redis, {key: redis.dump(key) for key in redis.scan_iter(count=1000)})

    def put_back(self, *server_keys: str) -> None:
        """Rolls the database back. `server_keys`: accounts' keys that then name another server."""
        self.redis.flushdb()
        for key, value in self.values.items():
            self.redis.restore(key, 0, value)
        for key in server_keys:
            self.redis.hset(key, "run_id", "the server before")
