"""Ways to damage a store by hand: what bugs, lost writes and people could do to it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered
from bulkwire.states import Category, Priority
from bulkwire.store.sending import ClaimTerms
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.upkeep import archive_page
from support.store_world import World

__all__ = ["CAMPAIGN", "DAMAGES", "Damage", "populate"]

Damage: TypeAlias = Callable[[World], object]
CAMPAIGN: Final = "spring"
TWO: Final = ClaimTerms(most_messages=2, linger_ms=0)
SETTLED: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "s0": Accepted("a0"),
        "s1": Accepted("a1"),
        "s2": Unanswered("timeout"),
        "s3": Rejected("content", Category.CONTENT),
        "s4": Accepted("a4"),
    }
)


def populate(world: World) -> None:
    """16 messages of a campaign, 4 of none: in every state, one archived.

    s0 accepted, s1 archived, s2 in doubt, s3 dead, s4 delivered; s5 to s8 under the batches `gone`
    (departed) and `kept`; s9 to s15 queued; n0, n1 scheduled, n2, n3 queued.
    """
    for n in range(5):
        world.put(f"s{n}", to=f"27820{n:02d}", campaign=CAMPAIGN)
    world.take("b0")
    world.depart("b0")
    world.settle(SETTLED, "b0")
    world.tell(StatusKind.DELIVERED, "s1", api_id="a1")
    world.run(archive_page(world.keys, "c:spring", 0, retention_ms=0, dead_retention_ms=10**9))
    world.tell(StatusKind.DELIVERED, "s4", api_id="a4")
    for n in range(5, 16):
        world.put(f"s{n}", to=f"27820{n:02d}", campaign=CAMPAIGN)
    world.take("gone", terms=TWO)
    world.depart("gone")
    world.take("kept", terms=TWO)
    for n in range(4):
        later = world.now() + 3_600_000 if n < 2 else None
        world.put(f"n{n}", to=f"27830{n:02d}", send_at_ms=later)


def _delete(*names: str) -> Damage:
    return lambda world: world.redis.delete(*(world.keys.prefix + name for name in names))


def _unlist(index: str, *entries: str) -> Damage:
    return lambda world: world.redis.zrem(world.keys.prefix + index, *entries)


def _list(index: str, entry: str) -> Damage:
    return lambda world: world.redis.zadd(world.keys.prefix + index, {entry: world.now()})


def _miscount(key: str, field: str, by: int) -> Damage:
    return lambda world: world.redis.hincrby(world.keys.prefix + key, field, by)


def _off_list(name: str, entry: str) -> Damage:
    return lambda world: world.redis.lrem(world.keys.prefix + name, 0, entry)


def _astray(*, also_at_home: bool) -> Damage:
    def do(world: World) -> None:
        if not also_at_home:
            _off_list(READY, "s10")(world)
        world.redis.rpush(world.keys.prefix + OTHER, "s10")

    return do


OTHER: Final = "ready:normal:sms:"
READY: Final = f"ready:normal:sms:{CAMPAIGN}"
DUE: Final = f"due:{Priority.NORMAL}"
ROLL: Final = f"roll:c:{CAMPAIGN}:0"

DAMAGES: Final[Mapping[str, tuple[Damage, str]]] = MappingProxyType(
    {
        "a queued id is in no ready list": (
            _off_list(READY, "s10"), "s10: queued, but stands in no ready list"),
        "a queued id is in another ready list": (
            _astray(also_at_home=False), f"s10: listed in {OTHER}, but its record denies it"),
        "a queued id is in its ready list and in another": (
            _astray(also_at_home=True), f"s10: listed in {OTHER}, but its record denies it"),
        "a count is no number": (
            lambda world: world.redis.hset(world.keys.single("counts"), "dead", "x"),
            "dead: is no whole number"),
        "a count of a campaign is no number": (
            lambda world: world.redis.hset(world.keys.campaign(CAMPAIGN), "count:total", "1.5"),
            f"{CAMPAIGN}/total: is no whole number"),
        "a ready list is gone": (_delete(READY), "s15: queued, but stands in no ready list"),
        "a ready list has no turn": (
            _unlist("turns:normal", f"sms:{CAMPAIGN}"),
            f"{READY.removeprefix('ready:')}: holds ids, but has no turn"),
        "a scheduled id has no due time": (
            _unlist(DUE, "n0"), "n0: scheduled, but has no due time"),
        "an accepted id has no check": (
            _unlist("poll", "s0"), "s0: accepted, but has no next status check"),
        "a dead id is not listed": (_unlist("dead", "s3"), "s3: dead, but not listed"),
        "an id in doubt is not listed": (
            _unlist("in_doubt", "s2"), "s2: in doubt, but not listed"),
        "a delivered id is listed as dead": (
            _list("dead", "s4"), "s4: listed in dead, but its record denies it"),
        "an id without a record is in doubt": (
            _list("in_doubt", "nobody"), "nobody: listed in in_doubt, but its record denies it"),
        "a queued id is to be checked": (
            _list("poll", "s9"), "s9: listed in poll, but its record denies it"),
        "an id is due in another priority": (
            _list("due:high", "n0"), "n0: listed in due:high, but its record denies it"),
        "a batch that departed is gone": (_delete("batch:gone"), "gone: a lease without a batch"),
        "a batch that departed is gone with its lease": (
            lambda world: (_delete("batch:gone")(world), _unlist("leases", "gone")(world)),
            "s5: sending, but in no batch"),
        "a batch that had not departed is gone": (
            _delete("batch:kept"), "s7: sending, but in no batch"),
        "a batch has no lease": (_unlist("leases", "kept"), "kept: a batch without a lease"),
        "a lease has no batch": (_list("leases", "ghost"), "ghost: a lease without a batch"),
        "no roll names a record": (
            _off_list(ROLL, "s9"), "s9: has a record, but no roll names it"),
        "a record says no page": (
            lambda world: world.redis.hdel(world.keys.message("s9"), "page"),
            "s9: has a record, but no roll names it"),
        "the rolls are not known": (_delete("rolls"), ": has a record, but no roll names it"),
        "the account counts too many": (
            _miscount("counts", "delivered", 3), "delivered is 1, not 4"),
        "a campaign counts too few": (
            _miscount(f"campaign:{CAMPAIGN}", "count:queued", -2), "queued is 7, not 5"),
        "the total is too small": (_miscount("counts", "total", -1), "total is 20, not 19"),
        "a page says more was archived": (
            _miscount(f"roll_pages:c:{CAMPAIGN}", "archived:0", 2),
            f"c:{CAMPAIGN}/0: says that more of it was archived than is without a record"),
    }
)  # fmt: skip
"""Each with the words of its repair: `id: what was wrong`, or `count is right, not seen`."""
