"""The store is rolled back at any moment: what live workers sent is never sent again, nor lost.

Only a worker that dies together with the forgotten second takes with it what it sent therein; that
window is not closed, and not played here.
"""

import json
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category, Priority
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, claim, recall
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.upkeep import move_due, reap
from bulkwire_workers.sending.recollection import Recollection, Statement
from bulkwire_workers.sending.witness import Witness
from support.store_copy import StoreCopy
from support.store_rules import broken_rules
from support.store_world import World

MESSAGES = 8
OVER = {
    "reason": "recovering", "since": 1, "why": "x", "by": "store", "streak": 0,
    "ends_at": 1, "lease": 15_000,
}  # fmt: skip
"""A recovery that is over."""
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Accepted("api"),
        Rejected("content", Category.CONTENT),
        Unsent("busy"),
        Unsent("limit", 60_000),
        Unanswered("timeout"),
    ]
)


class Interrupted(Recollection):
    """Lets something happen while the witness is about to speak."""

    meanwhile: Callable[[], None] | None = None

    def of(self, keys: Keys) -> list[Statement]:
        statements = super().of(keys)
        if self.meanwhile:
            self.meanwhile()
        return statements


class Forgetting(RuleBasedStateMachine):
    """One worker that lives, and a store that is rolled back under it."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        redis = Redis.from_url(self.url)
        redis.flushdb()
        keys = Keys("acme")
        self.world = World(keys, Store(self.url), redis)
        for n in range(MESSAGES):
            self.world.put(f"m{n}", to=f"2782000000{n}", campaign="spring" if n % 2 else None)
        self.recollection = Interrupted()
        terms = ClaimTerms(linger_ms=0)
        self.witness = Witness(
            self.url, [keys], self.recollection, terms=terms, first_check_ms=1_000
        )
        self.copy = StoreCopy.of(redis)
        self.rolled_back = 0
        self.batches: list[Batch] = []
        self.departed: dict[str, int] = {}
        """Of each batch, its last attempt."""
        self.rest: dict[str, list[str]] = {}
        """Of each batch, what no attempt was made for yet."""
        self.open: dict[str, str] = {}
        """Messages on the wire, by the batch that they left in."""
        self.doubted: set[str] = set()
        """Messages that had no answer."""
        self.taken: dict[str, str] = {}
        """What the provider took, by its id for it."""

    @rule(most=st.sampled_from([1, 2, 100]))
    def claim(self, most: int) -> None:
        name = f"b{len(self.batches)}"
        terms = ClaimTerms(most_messages=most, linger_ms=0)
        answer = self.world.run(claim(self.world.keys, name, terms=terms))
        if isinstance(answer, Batch):
            ids = {message.id for message in answer.messages}
            assert not ids & self.taken.keys(), "what the provider took goes out again"
            assert not ids & self.open.keys(), "what is on the wire goes out again"
            self.batches.append(answer)
            self.rest[answer.id] = [message.id for message in answer.messages]

    @precondition(lambda self: self.batches)
    @rule(data=st.data(), half=st.booleans())
    def depart(self, data: st.DataObject, *, half: bool) -> None:
        """With all that is left of a batch, or with half of it."""
        batch = data.draw(st.sampled_from(self.batches))
        rest = self.rest[batch.id]
        if not rest or batch.id in self.open.values():
            return
        ids = rest[: (len(rest) + 1) // 2] if half else rest
        attempt = self.departed.get(batch.id, 0) + 1
        self.departed[batch.id], self.rest[batch.id] = attempt, rest[len(ids) :]
        self.recollection.departs(self.world.keys, batch, attempt, ids)
        part = ids if len(ids) < len(batch.messages) else []
        if self.world.depart(batch.id, attempt, *part) == "go":
            self.open |= dict.fromkeys(ids, batch.id)
        else:
            self.settle(batch, ids, Unsent("departure_held"))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def recall_it(self, data: st.DataObject) -> None:
        batch = self.one_on_the_wire(data)
        self.recollection.did_not_leave(batch)
        self.world.run(recall(self.world.keys, batch.id, self.departed[batch.id]))
        self.settle(batch, self.on_the_wire(batch), Unsent("busy"))

    def on_the_wire(self, batch: Batch) -> list[str]:
        return [one for one, leaving in self.open.items() if leaving == batch.id]

    def one_on_the_wire(self, data: st.DataObject) -> Batch:
        leaving = set(self.open.values())
        return data.draw(st.sampled_from([b for b in self.batches if b.id in leaving]))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), outcome=OUTCOMES)
    def answer(self, data: st.DataObject, outcome: Outcome) -> None:
        batch = self.one_on_the_wire(data)
        self.settle(batch, self.on_the_wire(batch), outcome)

    def settle(self, batch: Batch, ids: list[str], outcome: Outcome) -> None:
        attempt = self.departed[batch.id]
        api_ids = {one: f"{batch.id}-{one}" for one in ids}
        accepted = isinstance(outcome, Accepted)
        outcomes = {one: Accepted(api_ids[one]) if accepted else outcome for one in ids}
        self.recollection.learns(self.world.keys, batch, attempt, outcomes)
        self.world.settle(outcomes, batch.id, attempt)
        if not self.rest[batch.id]:
            self.recollection.ends(batch)
        if isinstance(outcome, Unanswered):
            self.doubted |= outcomes.keys()
        self.open = {one: name for one, name in self.open.items() if name != batch.id}
        if accepted:
            self.taken |= api_ids

    @rule()
    def due(self) -> None:
        for n in range(MESSAGES):
            self.world.make_due(f"m{n}", Priority.NORMAL)
        self.world.run(move_due(self.world.keys))

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(sorted(self.taken)))
        self.world.tell(StatusKind.DELIVERED, one, api_id=self.taken[one])

    @rule()
    def remember_this_moment(self) -> None:
        self.copy = StoreCopy.of(self.world.redis)

    @rule(
        when=st.sampled_from(["before", "meanwhile", "no"]),
        outcome=st.none() | OUTCOMES,
        data=st.data(),
    )
    def roll_back(
        self,
        when: Literal["before", "meanwhile", "no"],
        outcome: Outcome | None,
        data: st.DataObject,
    ) -> None:
        """With an answer, or what is to leave next, before the worker hears of it or meanwhile."""
        self.copy.put_back(self.world.keys.single("server"))
        self.rolled_back += 1
        self.world.redis.hset(
            self.world.keys.single("server"), "run_id", f"server {self.rolled_back}"
        )

        def go_on() -> None:
            if outcome and self.open:
                self.answer(data, outcome)
            elif not outcome and self.batches:
                self.depart(data, half=True)

        if when == "before":
            go_on()
        self.recollection.meanwhile = go_on if when == "meanwhile" else None
        self.world.run(reap(self.world.keys, lease_ms=15_000))
        self.witness.say_again(self.world.keys)
        self.world.redis.hset(self.world.keys.single("holds"), "recovering", json.dumps(OVER))

    @invariant()
    def everything_adds_up(self) -> None:
        assert broken_rules(self.world) == []

    @invariant()
    def what_was_sent_is_known(self) -> None:
        for one, api_id in self.taken.items():
            record = self.world.record(one)
            assert (record["state"], record["api_id"]) in {
                ("accepted", api_id), ("delivered", api_id),
            }  # fmt: skip
        for one, batch in self.open.items():
            record = self.world.record(one)
            assert (record["state"], record["batch"]) == ("sending", batch)

    def end_all_leases(self) -> None:
        """The worker dies: only what left without an answer may be in doubt."""
        leases, listed = (self.world.keys.single(name) for name in ("leases", "in_doubt"))
        for _ in range(2):  # a lease may get one fresh term
            self.world.lapse(*(self.world.value(leases) or {}))
            while self.world.run(reap(self.world.keys)).more:
                pass
        assert self.world.value(leases) is None
        in_doubt = self.world.value(listed) or {}
        assert in_doubt.keys() <= self.open.keys() | self.doubted

    def teardown(self) -> None:
        self.end_all_leases()
        self.world.store.close()
        self.world.redis.close()
        self.witness.stop()


def test_what_a_live_worker_sent_survives_any_rollback(redis_url: str) -> None:
    machine: Any = type("Forgetting", (Forgetting,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        ),
    )


@pytest.mark.parametrize("outcome", [Accepted("api1"), Unsent("busy"), Unanswered("timeout")])
def test_an_answer_that_comes_while_it_is_said_again_counts(
    redis_url: str, outcome: Outcome
) -> None:
    keys, recollection = Keys("acme"), Interrupted()
    witness = Witness(redis_url, [keys], recollection, terms=ClaimTerms(), first_check_ms=1_000)
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:
        world = World(keys, store, redis)
        world.put()
        copy = StoreCopy.of(redis)
        batch = world.take()
        world.depart()
        recollection.departs(keys, batch, 1, ["m1"])
        copy.put_back(keys.single("server"))
        world.run(reap(keys))

        def answer() -> None:
            recollection.learns(keys, batch, 1, {"m1": outcome})
            world.settle({"m1": outcome})
            recollection.ends(batch)

        recollection.meanwhile = answer
        witness.say_again(keys)
        witness.stop()
        leads_to = {Accepted: "accepted", Unsent: "queued", Unanswered: "in_doubt"}
        assert world.state() == leads_to[type(outcome)]
        assert broken_rules(world) == []


def test_a_store_that_people_emptied_is_told_nothing(redis_url: str) -> None:
    keys, recollection = Keys("acme"), Recollection()
    witness = Witness(redis_url, [keys], recollection, terms=ClaimTerms(), first_check_ms=1_000)
    with Redis.from_url(redis_url) as redis, Store(redis_url) as store:
        world = World(keys, store, redis)
        for _ in range(2):
            redis.flushdb()
            witness.look(keys)
            world.put()
            witness.look(keys)
            assert world.state() == "queued"
            batch = world.take()
            world.depart()
            recollection.departs(keys, batch, 1, ["m1"])
    witness.stop()
