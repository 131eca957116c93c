"""Ways to break one record so that nobody can move it any more."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from support.store_world import World

__all__ = ["BROKEN", "FIELDS", "Break"]

Break: TypeAlias = Callable[[World, str], object]


def _without(field: str) -> Break:
    return lambda world, message_id: world.redis.hdel(world.keys.message(message_id), field)


def _with(field: str, value: str) -> Break:
    return lambda world, message_id: world.redis.hset(world.keys.message(message_id), field, value)


def _of_another_type(world: World, message_id: str) -> None:
    world.redis.delete(world.keys.message(message_id))
    world.redis.set(world.keys.message(message_id), "x")


BROKEN: Final[Mapping[str, Break]] = MappingProxyType(
    {
        "an unknown state": _with("state", "bogus"),
        "the state of what has no record": _with("state", "archived"),
        "an empty state": _with("state", ""),
        "no state": _without("state"),
        "no recipient": _without("recipient"),
        "no channel": _without("channel"),
        "an unknown channel": _with("channel", "fax"),
        "no priority": _without("priority"),
        "an unknown priority": _with("priority", "urgent"),
        "no turn": _without("turn"),
        "a turn that is no number": _with("turn", "x"),
        "no time of queueing": _without("queued_at"),
        "a validity that is no number": _with("expires_at", "soon"),
        "another type": _of_another_type,
    }
)
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "an unknown state": "state",
        "the state of what has no record": "state",
        "an empty state": "state",
        "no state": "state",
        "no recipient": "recipient",
        "no channel": "channel",
        "an unknown channel": "channel",
        "no priority": "priority",
        "an unknown priority": "priority",
        "no turn": "turn",
        "a turn that is no number": "turn",
        "no time of queueing": "queued_at",
        "a validity that is no number": "expires_at",
    }
)
"""The field that the audit names."""
