"""Moves the clock of an account: what was to come in an hour comes now."""

from collections.abc import Callable
from typing import Final

from bulkwire.states import Priority
from bulkwire.store.call import Call, command, text
from support.shop import Shop
from support.waiting import wait_until

__all__ = ["let_holds_be_tried", "let_time_pass", "move_clock"]

CHANGE_TRIALS: Final = """
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local hold = cjson.decode(fields[i + 1])
  if hold.probe_at then
    hold.probe_at = %s
    redis.call('HSET', KEYS[1], fields[i], cjson.encode(hold))
  end
end
"""


def move_clock(shop: Shop, seconds: float) -> None:
    """Due times, the ends of validities and the trials of holds come so much sooner.

    Status checks don't: one that is under way would be made again, and its answer could reach a
    message of the next test.
    """
    by_ms = round(seconds * 1000)
    keys, run = shop.keys, shop.store.run
    for index in (keys.family("due", priority) for priority in Priority):
        for member in run(command("ZRANGE", index, 0, -1, read=lambda found: map(text, found))):
            run(_silent("ZINCRBY", index, -by_ms, member))
    for key in run(command("KEYS", f"{keys.prefix}message:*", read=lambda found: map(text, found))):
        if run(command("HEXISTS", key, "expires_at", read=bool)):
            run(_silent("HINCRBY", key, "expires_at", -by_ms))
    _change_trials(shop, f"hold.probe_at - {by_ms}")


def let_holds_be_tried(shop: Shop) -> None:
    """A single message may try every hold that can be tried at all, now."""
    _change_trials(shop, "1")


def let_time_pass(shop: Shop, until: Callable[[], bool], *, within: float = 60.0) -> None:
    """Moves the clock on, ten minutes a look, until something is true."""

    def look() -> bool:
        move_clock(shop, 600)
        return until()

    wait_until(look, within, f"what time brings; the counts are {shop.counts()}: that")


def _change_trials(shop: Shop, change: str) -> None:
    # In one step: a hold that a worker lifts meanwhile must not come back.
    shop.store.run(_silent("EVAL", CHANGE_TRIALS % change, 1, shop.keys.single("holds")))


def _silent(*parts: str | int) -> Call[None]:
    return command(*parts, read=lambda _: None)
