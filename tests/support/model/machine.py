"""What happens to a store besides commands: time passes, servers change, commands come again."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bulkwire.states import Channel, Priority, State
from bulkwire.store.recovering import Taken
from bulkwire.store.sending import Batch
from support.model.commands import Command
from support.model.driving import Driver
from support.model.values import Model, Round, When, put

__all__ = ["Machine", "command"]

FEW_FAILURES, MANY_FAILURES = 1, 299
TRIES = st.lists(st.tuples(st.booleans(), st.integers(1, 2)), min_size=2, max_size=5)


def command(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., Command | None]], Any]:
    """A rule that runs the command its function makes; sometimes the reply is lost."""

    def decorated(make: Callable[..., Command | None]) -> Any:
        def run(self: "Machine", *, reply_lost: bool, **values: Any) -> None:
            made = make(self, **values)
            if made is not None:
                self.run_and_keep(made, reply_lost=reply_lost)

        run.__name__ = make.__name__
        drawn["reply_lost"] = st.booleans()
        as_rule: Any = rule
        return as_rule(**drawn)(run)

    return decorated


class Machine(RuleBasedStateMachine):
    """One account: a handful of messages, any number of batches."""

    url = ""
    totals: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.driver = Driver(self.url)
        self.make = self.driver.commands
        self.sent: list[Command] = []
        self.taken: dict[str, Taken] = {}
        """What workers remember of their batches, the newest last."""

    @property
    def model(self) -> Model:
        """How the store should be now."""
        return self.driver.model

    def run(self, made: Command, *, reply_lost: bool = False) -> None:
        """Runs a command; a claim's answer goes to some worker."""
        answer = self.driver.run(made, reply_lost=reply_lost)
        if isinstance(answer, Batch) and answer.messages:
            self.taken.pop(answer.id, None)
            self.taken[answer.id] = Taken.of(answer)

    def run_and_keep(self, made: Command, *, reply_lost: bool = False) -> None:
        """Runs a command that may run again at any time."""
        self.sent.append(made)
        self.run(made, reply_lost=reply_lost)

    def a_batch(self, data: st.DataObject) -> str:
        """Mostly one that is leased; else one that is over."""
        live = sorted(self.model.batches)
        return data.draw(st.sampled_from([*live * 3, *list(self.taken)[-3:], "b000"]))

    def claims(self, batch: str) -> Command:
        """A claim that takes all it can."""
        return self.make.claim(batch, 100, 10**6, tuple(Priority))

    @rule()
    def a_worker_claims(self) -> None:
        self.run_and_keep(self.claims(f"b{len(self.sent):03}"))

    @rule(attempt=st.sampled_from([1, 1, 1, 2]), reply_lost=st.booleans())
    def a_worker_claims_and_departs(self, attempt: int, *, reply_lost: bool) -> None:
        batch = f"b{len(self.sent):03}"
        self.run_and_keep(self.claims(batch), reply_lost=reply_lost)
        if batch in self.taken:
            self.run_and_keep(self.make.depart(batch, attempt), reply_lost=reply_lost)

    @precondition(lambda self: self.model.batches)
    @rule(data=st.data(), tries=TRIES)
    def a_worker_tries_several_times(
        self, data: st.DataObject, tries: list[tuple[bool, int]]
    ) -> None:
        """Departs and takes it back, in any order: late commands are among them."""
        batch = data.draw(st.sampled_from(sorted(self.model.batches)))
        for departs, attempt in tries:
            make = self.make.depart if departs else self.make.recall
            self.run_and_keep(make(batch, attempt))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def an_earlier_command_runs_again(self, data: st.DataObject) -> None:
        self.driver.ran["zombie commands"] += 1
        back = data.draw(st.integers(1, min(20, len(self.sent))))
        self.run(self.sent[-back])

    @precondition(lambda self: any(not b.lapsed for b in self.model.batches.values()))
    @rule(data=st.data(), reaped=st.booleans())
    def a_lease_lapses(self, data: st.DataObject, *, reaped: bool) -> None:
        live = sorted(name for name, batch in self.model.batches.items() if not batch.lapsed)
        one = data.draw(st.sampled_from(live))
        self.driver.world.lapse(one)
        lapsed = replace(self.model.batches[one], lapsed=True)
        self.driver.happens(
            "leases lapse", lambda m: replace(m, batches=put(m.batches, one, lapsed))
        )
        if reaped:
            self.run_and_keep(self.make.reap())

    @precondition(lambda self: any(r.due == When.LATER for r in self.model.records.values()))
    @rule(data=st.data(), moved=st.booleans())
    def a_message_is_due(self, data: st.DataObject, *, moved: bool) -> None:
        waiting = sorted(o for o, r in self.model.records.items() if r.due == When.LATER)
        one = data.draw(st.sampled_from(waiting))
        record = self.model.records[one]
        if record.state == State.SCHEDULED:
            self.driver.world.make_due(one, record.priority)
        else:
            self.driver.world.redis.zadd(self.driver.world.keys.single("poll"), {one: 1}, xx=True)
        due = replace(record, due=When.NOW)
        self.driver.happens("due times", lambda m: replace(m, records=put(m.records, one, due)))
        if moved:
            self.run_and_keep(self.make.move_due())

    @precondition(lambda self: any(r.expiry == When.LATER for r in self.model.records.values()))
    @rule(data=st.data())
    def a_validity_is_over(self, data: st.DataObject) -> None:
        valid = sorted(o for o, r in self.model.records.items() if r.expiry == When.LATER)
        one = data.draw(st.sampled_from(valid))
        self.driver.world.redis.hset(self.driver.world.keys.message(one), "expires_at", 1)
        over = replace(self.model.records[one], expiry=When.NOW)
        self.driver.happens(
            "validity over", lambda m: replace(m, records=put(m.records, one, over))
        )

    @precondition(lambda self: self.model.holds)
    @rule()
    def holds_wait_no_longer(self) -> None:
        self.driver.time_passes_for_holds()

    @precondition(lambda self: self.model.holds)
    @rule()
    def all_holds_are_lifted(self) -> None:
        self.driver.world.redis.delete(self.driver.world.keys.single("holds"))
        self.driver.happens("holds lifted", lambda m: replace(m, holds={}))

    @rule(data=st.data())
    def something_rare_happens(self, data: st.DataObject) -> None:
        happenings: list[Callable[[st.DataObject], None]] = [
            lambda _: self.driver.leases_were_reaped(Round.LONG_AGO),
            lambda _: self.driver.leases_were_reaped(Round.AHEAD),
            lambda _: self.driver.another_server_takes_over(),
            lambda _: self.driver.remember(),
            lambda _: self.driver.roll_back(),
            lambda _: self.driver.audit(),
            self._a_recipient_opts_out_or_in,
            self._many_failed_before,
        ]
        if "autumn" in self.model.campaigns:
            happenings.append(self._a_campaign_is_cancelled)
        happenings[data.draw(st.integers(0, len(happenings) - 1))](data)

    def _a_campaign_is_cancelled(self, _: st.DataObject) -> None:
        key = self.driver.world.keys.campaign("autumn")
        self.driver.world.redis.hset(key, "state", "cancelled")
        ended = replace(self.model.campaigns["autumn"], state="cancelled")
        self.driver.happens(
            "campaigns cancelled",
            lambda m: replace(m, campaigns=put(m.campaigns, "autumn", ended)),
        )

    def _a_recipient_opts_out_or_in(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(["sms:1", "sms:2", "whatsapp:1"]))
        redis, key = self.driver.world.redis, self.driver.world.keys.single("suppressed")
        if number in self.model.suppressed:
            redis.srem(key, number)
        else:
            redis.sadd(key, number)
        self.driver.happens("opt-outs", lambda m: replace(m, suppressed=m.suppressed ^ {number}))

    def _many_failed_before(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(["rejected", "failed"]))
        field = f"{name}:{data.draw(st.sampled_from(Channel))}"
        failures = data.draw(st.sampled_from([FEW_FAILURES, MANY_FAILURES]))
        self.driver.world.redis.hset(self.driver.world.keys.single("health"), field, failures)
        self.driver.happens(
            "streaks", lambda m: replace(m, streaks=put(m.streaks, field, failures))
        )

    def teardown(self) -> None:
        """Audits what is left, and adds up what was done."""
        try:
            self.driver.audit()
        finally:
            self.totals.update(self.driver.ran)
            self.driver.close()
