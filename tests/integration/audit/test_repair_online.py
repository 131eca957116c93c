"""Damage of any kind, repaired while a worker sends: all adds up, and nobody gets two."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from bulkwire.outcomes import Accepted
from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, settle
from bulkwire.store.upkeep import move_due, reap
from bulkwire_cli.auditing.audit import audit_account
from bulkwire_cli.auditing.repair import repair_account, repairs_for
from support.damage import DAMAGES, populate
from support.store_rules import broken_rules
from support.store_world import World

THREE = ClaimTerms(most_messages=3, linger_ms=0)


class Sending:
    """A worker between two commands, which notes whom it sends to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sent = Counter(["s5", "s6"])  # the batch `gone` departed
        self.batches = 0
        self.held: list[Batch] = []
        self.left: set[str] = set()

    def claim(self) -> None:
        self.batches += 1
        batch = self.world.run(claim(self.world.keys, f"w{self.batches}", terms=THREE))
        if isinstance(batch, Batch):
            self.held.append(batch)

    def send(self) -> None:
        for batch in self.held:
            if batch.id in self.left:
                continue  # a worker sends an attempt once
            answer = self.world.run(depart(self.world.keys, batch.id, 1, lease_ms=15_000))
            if answer.verdict == "go":
                self.left.add(batch.id)
                self.sent.update(message.id for message in batch.messages)

    def settle(self) -> None:
        for batch in self.held:
            said: Any = {one.id: Accepted(f"{one.id}-{batch.id}") for one in batch.messages}
            self.world.run(settle(self.world.keys, batch.id, 1, said, first_check_ms=60_000))
        self.held = []


STEPS = st.lists(
    st.sampled_from(["claim", "send", "settle", "repair", "reap", *DAMAGES]), max_size=14
)


def drive(world: World, steps: list[str]) -> Sending:
    """Does one step after the other; repairs are cut in two, so that commands come in between."""
    sending = Sending(world)
    seen = audit_account(world.store, world.keys)
    for step in steps:
        if step in DAMAGES:
            DAMAGES[step][0](world)
        elif step == "repair":
            repairs_for(world.store, world.keys, seen)
            seen = audit_account(world.store, world.keys)
        elif step == "reap":
            world.run(reap(world.keys))
        else:
            getattr(sending, step)()
    return sending


def test_whatever_is_damaged_and_repaired_meanwhile_nobody_gets_two(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:

        @settings(
            max_examples=60,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(steps=STEPS)
        def check(steps: list[str]) -> None:
            redis.flushdb()
            world = World(Keys("acme"), store, redis)
            world.introduce()
            populate(world)
            sending = drive(world, steps)

            found = audit_account(store, world.keys)
            afterwards, _ = repair_account(store, world.keys, lambda _done, _all: None, found)

            assert afterwards.ok, afterwards
            assert broken_rules(world) == []
            finish(world, sending)
            assert max(sending.sent.values(), default=0) <= 1
            assert world.counts()["total"] == 20

        check()


def finish(world: World, sending: Sending) -> None:
    """Sends all that is left; then every message has an end."""
    world.lapse(*(world.value(world.keys.single("leases")) or {}))
    for _ in range(4):
        world.run(reap(world.keys))
    world.run(move_due(world.keys))
    while world.counts().get(State.QUEUED):
        sending.claim()
        sending.send()
        sending.settle()
    assert broken_rules(world) == []
