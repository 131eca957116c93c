"""Moves the clock of an account: what was to come in an hour comes now."""

import json
from collections.abc import Callable

from bulkwire.states import Priority
from bulkwire.store.call import Call, command, text
from bulkwire.store.record import pairs
from support.shop import Shop
from support.waiting import wait_until

__all__ = ["let_holds_be_tried", "let_time_pass", "move_clock"]


def move_clock(shop: Shop, seconds: float) -> None:
    """Due times, status checks, validities and the trials of holds come so much sooner."""
    by_ms = round(seconds * 1000)
    keys, run = shop.keys, shop.store.run
    for index in (*(keys.family("due", one) for one in Priority), keys.single("poll")):
        for member in run(command("ZRANGE", index, 0, -1, read=lambda found: map(text, found))):
            run(_silent("ZINCRBY", index, -by_ms, member))
    for key in run(command("KEYS", f"{keys.prefix}message:*", read=lambda found: map(text, found))):
        if run(command("HEXISTS", key, "expires_at", read=bool)):
            run(_silent("HINCRBY", key, "expires_at", -by_ms))
    _change_trials(shop, lambda probe_at: probe_at - by_ms)


def let_holds_be_tried(shop: Shop) -> None:
    """A single message may try every hold that can be tried at all, now."""
    _change_trials(shop, lambda _: 1)


def let_time_pass(shop: Shop, until: Callable[[], bool], *, within: float = 15.0) -> None:
    """Moves the clock on, ten minutes a look, until something is true."""

    def look() -> bool:
        move_clock(shop, 600)
        return until()

    wait_until(look, within, f"what time brings; the counts are {shop.counts()}: that")


def _change_trials(shop: Shop, change: Callable[[int], int]) -> None:
    key = shop.keys.single("holds")
    for field, value in shop.store.run(command("HGETALL", key, read=pairs)).items():
        hold = json.loads(value)
        if hold.get("probe_at") is not None:
            hold["probe_at"] = change(hold["probe_at"])
            shop.store.run(_silent("HSET", key, field, json.dumps(hold)))


def _silent(*parts: str | int) -> Call[None]:
    return command(*parts, read=lambda _: None)
