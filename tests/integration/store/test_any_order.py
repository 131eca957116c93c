"""The store driven in any order: leases lapse, commands come late and twice, and all adds up."""

from typing import Any

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
from bulkwire.states import Category, Channel, OnDoubt, Priority
from bulkwire.store.bookkeeping import archive_page, move_due, reap
from bulkwire.store.call import Call
from bulkwire.store.campaigns import pause_campaign, resume_campaign
from bulkwire.store.enqueueing import NewRecord, enqueue
from bulkwire.store.following import News, NewsKind, write_news
from bulkwire.store.keys import Keys
from bulkwire.store.overview import read_campaign
from bulkwire.store.rates import slow_down
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, recall, settle
from bulkwire.store.steering import (
    HoldReason,
    cancel,
    discard,
    lift_hold,
    place_hold,
    read_holds,
    redrive,
    resolve,
)
from support.store_rules import broken_rules
from support.store_world import World

IDS = st.sampled_from([f"m{n}" for n in range(6)])
BATCHES = st.sampled_from([f"b{n}" for n in range(5)])
CAMPAIGNS = st.sampled_from([None, "spring"])
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Accepted("api1"),
        Accepted("api2"),
        Rejected("content", Category.CONTENT),
        Unsent("busy"),
        Unsent("limit", 60_000),
        Unanswered("timeout"),
    ]
)
ARRIVED = {"delivered", "read", "emulated"}
# Where a message may be after one command, seen from where it was.
LEADS_TO = {
    "scheduled": {"queued", "cancelled", "dead", "archived", *ARRIVED},
    "queued": {"sending", "cancelled", "dead", "suppressed", "accepted", *ARRIVED},
    "sending": {"queued", "scheduled", "accepted", "dead", "in_doubt", "cancelled", *ARRIVED},
    "accepted": {"scheduled", "dead", "unconfirmed", *ARRIVED},
    "in_doubt": {"queued", "scheduled", "accepted", "dead", *ARRIVED},
    "dead": {"queued", "delivered", "read", "archived"},
    "unconfirmed": {"dead", "archived", *ARRIVED},
    "delivered": {"read", "archived"},
    "read": {"archived"},
    "emulated": {"archived"},
    "cancelled": {"archived"},
    "suppressed": {"archived"},
}


class AnyOrder(RuleBasedStateMachine):
    """One account, a handful of messages and batches."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        redis = Redis.from_url(self.url)
        redis.flushdb()
        self.world = World(Keys("acme"), Store(self.url), redis)
        self.states: dict[str, str] = {}
        self.sent: list[Call[Any]] = []
        self.leased: dict[str, set[str]] = {}

    def do(self, call: Call[Any]) -> Any:
        self.sent.append(call)
        return self.world.run(call)

    @rule(
        message_id=IDS, campaign=CAMPAIGNS, to=st.sampled_from(["1", "2", "3"]),
        priority=st.sampled_from(Priority), later=st.booleans(), on_doubt=st.sampled_from(OnDoubt),
    )  # fmt: skip
    def take_in(
        self, *, message_id: str, campaign: str | None, to: str, priority: Priority, later: bool,
        on_doubt: OnDoubt,
    ) -> None:  # fmt: skip
        send_at = self.world.now() + 60_000 if later else None
        record = NewRecord(
            message_id, "{}", to, Channel.SMS, priority, campaign, "print",
            send_at_ms=send_at, on_doubt=on_doubt,
        )  # fmt: skip
        self.do(enqueue(self.world.keys, record, token=f"t{len(self.sent)}"))

    @rule(batch=BATCHES, most=st.sampled_from([1, 3, 100]))
    def claim(self, batch: str, most: int) -> None:
        live = self.world.value(self.world.keys.single("leases")) or {}
        terms = ClaimTerms(most_messages=most, linger_ms=0)
        answer = self.do(claim(self.world.keys, batch, terms=terms))
        if isinstance(answer, Batch):
            taken = {message.id for message in answer.messages}
            others = [self.leased.get(other, set()) for other in live if other != batch]
            held = {m for ids in others for m in ids if self.states.get(m) == "sending"}
            assert not taken & held, "leased twice"
            assert len(taken) == len(answer.messages)
            self.leased[batch] = taken

    @rule(batch=BATCHES, attempt=st.integers(1, 3))
    def depart(self, batch: str, attempt: int) -> None:
        self.do(depart(self.world.keys, batch, attempt, lease_ms=15_000))

    @rule(batch=BATCHES, attempt=st.integers(1, 3))
    def recall(self, batch: str, attempt: int) -> None:
        self.do(recall(self.world.keys, batch, attempt))

    @rule(batch=BATCHES, attempt=st.integers(1, 3))
    def slow_down(self, batch: str, attempt: int) -> None:
        self.do(slow_down(self.world.keys, batch, attempt, departed_ms_ago=0))

    @rule(batch=BATCHES, outcome=OUTCOMES, one=IDS, whole=st.booleans())
    def settle(self, batch: str, outcome: Outcome, one: str, whole: bool) -> None:
        ids = self.leased.get(batch, set()) if whole else {one}
        outcomes = dict.fromkeys(sorted(ids), outcome)
        self.do(settle(self.world.keys, batch, outcomes, first_check_ms=5))

    @rule(batch=BATCHES)
    def lapse(self, batch: str) -> None:
        departed = "departed" in (self.world.value(self.world.keys.family("batch", batch)) or {})
        held = {m for m in self.states if self.world.record(m).get("batch") == batch}
        held = {m for m in held if self.world.state(m) == "sending"}
        self.world.lapse(batch)
        self.do(reap(self.world.keys))
        for message_id in held:
            words = [
                line.split(" ")[1] for line in self.world.record(message_id)["history"].split("\n")
            ]
            last = words.index("sending", len(words) - 1 - words[::-1].index("sending"))
            assert words[last + 1] in ({"in_doubt"} if departed else {"queued", "dead"})

    @rule(message_id=IDS, priority=st.sampled_from(Priority))
    def due(self, message_id: str, priority: Priority) -> None:
        self.world.make_due(message_id, priority)
        self.do(move_due(self.world.keys))

    @rule(
        message_id=IDS, kind=st.sampled_from(NewsKind),
        api_id=st.sampled_from(["api1", "api2", "api3"]), pauses=st.booleans(),
    )  # fmt: skip
    def hear(self, message_id: str, kind: NewsKind, api_id: str, *, pauses: bool) -> None:
        category = Category.TEMPLATE if pauses else Category.UNDELIVERED
        news = News(
            message_id, api_id, kind, kind, kind, category,
            delay_ms=60_000, pause_campaign=pauses,
        )  # fmt: skip
        self.do(write_news(self.world.keys, [news, news]))

    @rule(message_id=IDS)
    def cancel(self, message_id: str) -> None:
        self.do(cancel(self.world.keys, message_id))

    @rule(message_id=IDS, turn=st.integers(0, 3))
    def redrive(self, message_id: str, turn: int) -> None:
        self.do(redrive(self.world.keys, [(message_id, turn)] * 2))

    @rule(message_id=IDS, turn=st.integers(0, 3))
    def discard(self, message_id: str, turn: int) -> None:
        self.do(discard(self.world.keys, [(message_id, turn)] * 2))

    @rule(message_id=IDS, batch=BATCHES, resend=st.booleans())
    def resolve(self, message_id: str, batch: str, resend: bool) -> None:
        self.do(resolve(self.world.keys, [(message_id, batch)] * 2, resend=resend))

    @rule(keep=st.sampled_from([0, 86_400_000]))
    def archive(self, keep: int) -> None:
        self.do(
            archive_page(self.world.keys, "c:spring", 0, retention_ms=keep, dead_retention_ms=keep)
        )

    @rule(pauses=st.booleans())
    def steer(self, *, pauses: bool) -> None:
        seen = self.world.run(read_campaign(self.world.keys, "spring"))
        if seen and pauses:
            self.do(pause_campaign(self.world.keys, seen, why="x", by="me"))
        elif seen:
            self.do(resume_campaign(self.world.keys, seen))

    @rule(
        reason=st.sampled_from([HoldReason.RATE, HoldReason.BALANCE]),
        batch=BATCHES,
        after=st.sampled_from([1, 2]),
    )
    def hold(self, reason: HoldReason, batch: str, after: int) -> None:
        call = place_hold(
            self.world.keys,
            reason,
            why="x",
            by="me",
            batch=batch,
            probe_in_ms=0,
            redrive=True,
            after=after,
        )
        self.do(call)

    @rule(redrive=st.booleans())
    def lift(self, *, redrive: bool) -> None:
        for hold in self.world.run(read_holds(self.world.keys)):
            self.do(lift_hold(self.world.keys, hold, redrive=redrive))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def run_an_earlier_command_again(self, data: st.DataObject) -> None:
        self.world.run(data.draw(st.sampled_from(self.sent)))

    @precondition(lambda self: self.sent)
    @rule()
    def run_the_last_command_again(self) -> None:
        self.world.run(self.sent[-1])

    @invariant()
    def everything_adds_up(self) -> None:
        assert broken_rules(self.world) == []

    @invariant()
    def messages_only_go_where_the_table_leads(self) -> None:
        for n in range(6):
            now = self.world.state(f"m{n}")
            before = self.states.get(f"m{n}")
            if now is None:
                assert before is None or "archived" in LEADS_TO[before]
                self.states.pop(f"m{n}", None)
                continue
            if before is not None and before != now:
                assert now in LEADS_TO[before], f"{before} → {now}"
            self.states[f"m{n}"] = now

    def teardown(self) -> None:
        self.world.store.close()
        self.world.redis.close()


def test_whatever_the_order_everything_adds_up(redis_url: str) -> None:
    machine = type("AnyOrder", (AnyOrder,), {"url": redis_url})
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
