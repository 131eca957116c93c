"""The scripts and a model of the table of states, driven side by side in any order.

Leases lapse, answers come late, commands run twice or long after their client hung up, several
workers hold batches at once, the store is rolled back: after each step both are the same.
"""

import sys
from collections import Counter
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, run_state_machine_as_test

from bulkwire.outcomes import Outcome
from bulkwire.states import Category, Channel, OnDoubt, Priority, State
from bulkwire.store.enqueueing import NewRecord
from bulkwire.store.redrives import read_redrives
from bulkwire.store.status_updates import StatusKind, StatusUpdate
from bulkwire.store.steering import HoldReason, RanInto, Standing, read_holds
from support.model.commands import LONG_MS, Command
from support.model.drawing import BEGINNINGS, CAMPAIGNS, OUTCOMES
from support.model.machine import Machine, command
from support.model.sending import PAYLOAD
from support.model.values import When
from support.store_world import JUST_QUEUED

MESSAGES = [f"m{n}" for n in range(12)]
IDS = st.sampled_from(MESSAGES)
CHANNELS = st.sampled_from([Channel.SMS, Channel.SMS, Channel.WHATSAPP])
ATTEMPTS = st.sampled_from([1, 1, 2, 3])
API_IDS = st.sampled_from(["api1", "api2", "api3"])
ORDERS = st.sampled_from([tuple(Priority), (Priority.HIGH, Priority.LOW, Priority.NORMAL)])
PEOPLE_DO = ("lift", "redrive", "try")
HEARD_OF = (State.ACCEPTED, State.IN_DOUBT, State.UNCONFIRMED, State.DEAD, State.DELIVERED)


class SideBySide(Machine):
    """Every command there is, with anything that it may be about."""

    def a_message(self, data: st.DataObject, *states: State) -> str:
        """Mostly one in these states."""
        there = sorted(one for one, r in self.model.records.items() if r.state in states)
        return data.draw(st.sampled_from([*there * 2, *MESSAGES[:3]]))

    @initialize(some=st.lists(BEGINNINGS, min_size=3, max_size=7))
    def some_messages_are_on_their_way(
        self, some: list[tuple[Outcome | None, str | None, OnDoubt]]
    ) -> None:
        """Those that were answered already first: what is enqueued is claimed at once."""
        hour = self.driver.world.now() // 3_600_000
        for n, (outcome, campaign, on_doubt) in enumerate(sorted(some, key=lambda s: not s[0])):
            new = NewRecord(
                f"m{n}", PAYLOAD, f"{n % 5}", Channel.SMS, Priority.NORMAL, campaign, "f",
                on_doubt=on_doubt,
            )  # fmt: skip
            roll = f"c:{campaign}" if campaign else f"h:{hour}"
            self.run_and_keep(self.make.enqueue(new, f"i{n}", 0, roll))
            if outcome:
                self.run_and_keep(self.claims(f"s{n}"))
                self.run_and_keep(self.make.depart(f"s{n}", 1))
                self.run_and_keep(self.make.settle(f"s{n}", 1, {f"m{n}": outcome}))

    @command(
        one=IDS, campaign=CAMPAIGNS, to=st.sampled_from("123"), channel=CHANNELS,
        priority=st.sampled_from(Priority), later=st.booleans(), lapses=st.booleans(),
        on_doubt=st.sampled_from(OnDoubt), quota=st.sampled_from([0, 0, 0, 4]),
        fingerprint=st.sampled_from("fffg"),
    )  # fmt: skip
    def take_in(
        self, *, one: str, campaign: str | None, to: str, channel: Channel, priority: Priority,
        later: bool, lapses: bool, on_doubt: OnDoubt, quota: int, fingerprint: str,
    ) -> Command:  # fmt: skip
        now = self.driver.world.now()
        send_at = now + LONG_MS if later else None
        new = NewRecord(
            one, PAYLOAD, to, channel, priority, campaign, fingerprint, send_at,
            LONG_MS if lapses else None, on_doubt,
        )  # fmt: skip
        roll = f"c:{campaign}" if campaign else f"h:{now // 3_600_000}"
        return self.make.enqueue(new, f"t{len(self.sent)}", quota, roll)

    @command(
        most=st.sampled_from([1, 3, 100]), most_bytes=st.sampled_from([150, 10**6]), order=ORDERS
    )
    def claim(self, *, most: int, most_bytes: int, order: tuple[Priority, ...]) -> Command:
        return self.make.claim(f"b{len(self.sent):03}", most, most_bytes, order)

    @command(data=st.data(), attempt=ATTEMPTS, half=st.booleans())
    def depart(self, *, data: st.DataObject, attempt: int, half: bool) -> Command:
        batch = self.a_batch(data)
        ids = list(self.taken[batch].turns) if batch in self.taken else []
        return self.make.depart(batch, attempt, ids[: len(ids) // 2] if half else ())

    @command(data=st.data(), attempt=ATTEMPTS)
    def recall(self, *, data: st.DataObject, attempt: int) -> Command:
        return self.make.recall(self.a_batch(data), attempt)

    @command(data=st.data(), attempt=ATTEMPTS)
    def slow_down(self, *, data: st.DataObject, attempt: int) -> Command:
        return self.make.slow_down(self.a_batch(data), attempt)

    @command(data=st.data())
    def renew(self, *, data: st.DataObject) -> Command:
        return self.make.renew(sorted({self.a_batch(data), self.a_batch(data)}))

    @command(data=st.data(), attempt=ATTEMPTS, outcome=OUTCOMES, whole=st.booleans())
    def settle(
        self, *, data: st.DataObject, attempt: int, outcome: Outcome, whole: bool
    ) -> Command:
        batch = self.a_batch(data)
        ids = list(self.taken[batch].turns) if batch in self.taken else MESSAGES[:2]
        told = ids if whole else data.draw(st.lists(st.sampled_from(MESSAGES), unique=True))
        outcomes = {one: outcome if whole else data.draw(OUTCOMES) for one in told}
        return self.make.settle(batch, attempt, outcomes)

    @precondition(lambda self: self.taken)
    @command(data=st.data(), attempt=ATTEMPTS, outcome=OUTCOMES, half=st.booleans())
    def answer(self, *, data: st.DataObject, attempt: int, outcome: Outcome, half: bool) -> Command:
        """One answer for a batch, or for the first half of it; one of the latest."""
        taken = data.draw(st.sampled_from(list(self.taken.values())[-3:]))
        ids = list(taken.turns)[: len(taken.turns) // 2 or None if half else None]
        return self.make.settle(taken.batch, attempt, dict.fromkeys(ids, outcome))

    @precondition(lambda self: self.taken)
    @command(data=st.data(), departed=ATTEMPTS, whole=st.booleans())
    def say_again(self, *, data: st.DataObject, departed: int, whole: bool) -> Command:
        taken = data.draw(st.sampled_from(list(self.taken.values())))
        ids = st.lists(st.sampled_from(list(taken.turns)), unique=True, min_size=1)
        return self.make.reassert(taken, list(taken.turns) if whole else data.draw(ids), departed)

    @command()
    def reap(self) -> Command:
        return self.make.reap()

    @command()
    def move_due(self) -> Command:
        return self.make.move_due()

    @command(most=st.sampled_from([1, 100]))
    def claim_checks(self, *, most: int) -> Command:
        return self.make.claim_checks(most)

    @command(
        data=st.data(), kind=st.sampled_from(StatusKind), api_id=API_IDS, own=st.booleans(),
        two=st.booleans(),
        category=st.sampled_from([Category.UNDELIVERED, Category.TEMPLATE]),
        pauses=st.booleans(), suppress=st.sampled_from([False, False, True]),
    )  # fmt: skip
    def hear(
        self, *, data: st.DataObject, kind: StatusKind, api_id: str, own: bool, two: bool,
        category: Category, pauses: bool, suppress: bool,
    ) -> Command:  # fmt: skip
        one = self.a_message(data, *HEARD_OF)
        record = self.model.records.get(one)
        if own and record and record.api_id:
            api_id = record.api_id
        update = StatusUpdate(
            one, api_id, kind, f"{kind} word", "why" if pauses else "", category,
            delay_ms=LONG_MS, suppress=suppress, pause_campaign=pauses,
        )  # fmt: skip
        return self.make.write_status_updates([update, update if two else replace(update, id="m0")])

    @command(data=st.data())
    def cancel(self, *, data: st.DataObject) -> Command:
        one = self.a_message(data, State.QUEUED, State.SCHEDULED)
        record = self.model.records.get(one)
        seen = (
            [JUST_QUEUED] + [Standing(record.state, record.turn)] * 3 if record else [JUST_QUEUED]
        )
        return self.make.cancel(one, data.draw(st.sampled_from(seen)))

    def letters(self, data: st.DataObject) -> list[tuple[str, int]]:
        """A message as it stands, or as it stood earlier; named twice."""
        one = self.a_message(data, State.DEAD)
        record = self.model.records.get(one)
        turn = record.turn if record else 1
        return [(one, data.draw(st.sampled_from([turn, turn, turn - 1, turn + 1])))] * 2

    @command(data=st.data(), force=st.booleans())
    def redrive(self, *, data: st.DataObject, force: bool) -> Command:
        return self.make.redrive(self.letters(data), force=force)

    @command(data=st.data())
    def discard(self, *, data: st.DataObject) -> Command:
        return self.make.discard(self.letters(data))

    @command(data=st.data(), resend=st.booleans())
    def resolve(self, *, data: st.DataObject, resend: bool) -> Command:
        one = self.a_message(data, State.IN_DOUBT)
        record = self.model.records.get(one)
        batch = record.batch if record and record.batch else self.a_batch(data)
        return self.make.resolve([(one, batch)] * 2, resend=resend)

    @command(campaign=CAMPAIGNS, at_once=st.booleans())
    def archive(self, *, campaign: str | None, at_once: bool) -> Command:
        hour = self.driver.world.now() // 3_600_000
        return self.make.archive(f"c:{campaign}" if campaign else f"h:{hour}", at_once=at_once)

    @command(salt=st.sampled_from("st"), name=st.sampled_from(["spring", "summer"]))
    def open_campaign(self, *, salt: str, name: str) -> Command:
        return self.make.open_campaign(name, salt)

    @command(
        name=st.sampled_from(["spring", "autumn"]), data=st.data(),
        wanted=st.sampled_from(["paused", "running"]),
    )  # fmt: skip
    def steer(self, *, name: str, data: st.DataObject, wanted: Any) -> Command | None:
        campaign = self.model.campaigns.get(name)
        if campaign is None:
            return None
        version = data.draw(st.sampled_from([campaign.version] * 3 + [campaign.version - 1]))
        return self.make.steer(name, version, wanted)

    @command(
        reason=st.sampled_from(["rate", "balance", "refused", "auth", "operator"]),
        channel=st.sampled_from([None, Channel.SMS]), data=st.data(),
        decided=st.none() | st.sampled_from([1, 2, LONG_MS**2, LONG_MS**2 + 1]), attempt=ATTEMPTS,
        probe=st.sampled_from(When), redrive=st.booleans(), after=st.sampled_from([1, 1, 2]),
    )  # fmt: skip
    def place_hold(
        self, *, reason: str, channel: Channel | None, data: st.DataObject, decided: int | None,
        attempt: int, probe: When, redrive: bool, after: int,
    ) -> Command:  # fmt: skip
        comes_from = RanInto(self.a_batch(data), attempt) if decided is None else decided
        return self.make.place_hold(
            HoldReason(reason), channel, comes_from, probe, redrive=redrive, after=after
        )

    @precondition(lambda self: self.model.holds)
    @command(data=st.data(), do=st.sampled_from(["lift", "redrive", "try"]))
    def lift_hold(self, *, data: st.DataObject, do: Any) -> Command:
        hold = data.draw(st.sampled_from(self.driver.world.run(read_holds(self.make.keys))))
        return self.make.lift_hold(hold, self.model.holds[hold.field].since, do)

    @precondition(lambda self: self.model.holds)
    @command(data=st.data())
    def keep_balance(self, *, data: st.DataObject) -> Command:
        hold = data.draw(st.sampled_from(self.driver.world.run(read_holds(self.make.keys))))
        return self.make.keep_balance(hold, self.model.holds[hold.field].since, 2.5)

    @precondition(lambda self: self.model.redrives)
    @command(data=st.data())
    def end_redrive(self, *, data: st.DataObject) -> Command:
        done = data.draw(st.sampled_from(self.driver.world.run(read_redrives(self.make.keys))))
        return self.make.end_redrive(done, self.model.redrives[done.field])

    @command()
    def ask_for_work(self) -> Command:
        return self.make.claimable()


def drive(url: str, *, examples: int, steps: int) -> Counter[str]:
    """Drives so many stores for so many steps each; answers what was done."""
    totals: Counter[str] = Counter()
    machine: Any = type("SideBySide", (SideBySide,), {"url": url, "totals": totals})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        ),
    )
    return totals


def test_every_script_does_what_the_model_says(redis_url: str) -> None:
    totals = drive(redis_url, examples=60, steps=50)
    assert totals["replies lost"]
    assert totals["zombie commands"]


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_every_script_does_what_the_model_says_for_many_thousand_steps(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    began = monotonic()
    totals = drive(redis_url, examples=500, steps=60)
    lines = [f"{times:>8,}  {what}" for what, times in totals.most_common()]
    with capsys.disabled():
        sys.stdout.write(f"\nscripts beside their model, {monotonic() - began:.0f} s:\n")
        sys.stdout.write("\n".join(lines) + "\n")
    assert totals["commands"] > 20_000
