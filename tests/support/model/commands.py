"""Commands: each call of a script beside what the model says it comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bulkwire.outcomes import Outcome
from bulkwire.states import Channel, Priority
from bulkwire.store import (
    campaigns,
    enqueueing,
    overview,
    rates,
    recovering,
    redrives,
    sending,
    status_updates,
    steering,
    upkeep,
    workers,
)  # fmt: skip
from bulkwire.store.call import Call
from bulkwire.store.keys import Keys
from support.model import holding as holds
from support.model import recovering as leases
from support.model import sending as out
from support.model import status_updates as told
from support.model import steering as steered
from support.model.values import Model, Step, When

__all__ = ["LONG_MS", "Command", "Commands"]

LONG_MS: Final = 36_000_000
"""Longer than any test runs: what is due after it is due when the test says so."""
PROBES_IN_MS: Final[Mapping[When, int | None]] = {
    When.NEVER: None, When.NOW: 0, When.LATER: LONG_MS,
}  # fmt: skip


def _same(answer: Any) -> Any:
    return answer


@dataclass(frozen=True)
class Command:
    """One call, and everything it may come to."""

    call: Call[Any]
    expect: Callable[[Model], Sequence[Step]]
    certain: Callable[[Any], Any] = _same
    """What of the answer doesn't depend on the clock."""
    tells_its_run: bool = False
    """It answers what this run did: run again, it says that nothing was left to do."""
    does_more: bool = False
    """It takes so much at a time: run again, it takes the next."""

    @property
    def name(self) -> str:
        """The script's."""
        return self.call.script.name if self.call.script else str(self.call.parts[0])


@dataclass(frozen=True)
class Commands:
    """Makes the commands of one account."""

    keys: Keys

    def enqueue(self, new: enqueueing.NewRecord, token: str, quota: int, roll: str) -> Command:
        return Command(
            enqueueing.enqueue(self.keys, new, token=token, quota=quota),
            lambda m: [steered.enqueue(m, new, token=token, quota=quota, roll=roll)],
        )

    def claim(self, batch: str, most: int, most_bytes: int, order: Sequence[Priority]) -> Command:
        terms = sending.ClaimTerms(
            LONG_MS, 2 * LONG_MS, most_messages=most, most_bytes=most_bytes, linger_ms=0
        )
        return Command(
            sending.claim(self.keys, batch, terms=terms, order=order),
            lambda m: out.claim(m, batch, most=most, most_bytes=most_bytes, order=order),
            _claimed,
        )

    def claimable(self) -> Command:
        call = workers.claimable(self.keys, most_per_second={})
        return Command(call, lambda m: [out.claimable(m)])

    def depart(self, batch: str, attempt: int, part: Sequence[str] = ()) -> Command:
        return Command(
            sending.depart(self.keys, batch, attempt, lease_ms=LONG_MS, part=part),
            lambda m: [out.depart(m, batch, attempt, part)],
            lambda answer: answer.verdict,
        )

    def recall(self, batch: str, attempt: int) -> Command:
        call = sending.recall(self.keys, batch, attempt)
        return Command(call, lambda m: [out.recall(m, batch, attempt)])

    def slow_down(self, batch: str, attempt: int) -> Command:
        call = rates.slow_down(self.keys, batch, attempt, departed_ms_ago=0)
        return Command(call, lambda m: [steered.slow_down(m, batch, attempt)])

    def renew(self, batches: Sequence[str]) -> Command:
        return Command(
            sending.renew(self.keys, batches, lease_ms=LONG_MS),
            lambda m: [out.renew(m, batches)],
            lambda left: {batch: ms > 0 for batch, ms in left.items()},
        )

    def settle(self, batch: str, attempt: int, outcomes: Mapping[str, Outcome]) -> Command:
        call = sending.settle(self.keys, batch, attempt, outcomes, first_check_ms=LONG_MS)
        return Command(call, lambda m: [out.settle(m, batch, attempt, outcomes)])

    def reap(self) -> Command:
        return Command(
            upkeep.reap(self.keys, lease_ms=LONG_MS),
            lambda m: [leases.reap(m)],
            lambda a: (a.in_doubt, a.put_back, a.more, a.next_in_ms is not None),
            tells_its_run=True,
            does_more=True,
        )

    def reassert(self, taken: recovering.Taken, ids: Sequence[str], departed: int) -> Command:
        terms = sending.ClaimTerms(LONG_MS, 2 * LONG_MS)
        call = recovering.reassert(self.keys, taken, ids, departed=departed, terms=terms)
        turns = {one: taken.turns[one] for one in ids}

        def expect(m: Model) -> list[Step]:
            about = taken.batch, taken.channel, taken.campaign, turns
            return [leases.reassert(m, *about, trial=taken.trial, departed=departed)]

        return Command(call, expect, lambda a: (a.set_right, a.unknown), tells_its_run=True)

    def move_due(self) -> Command:
        return Command(
            upkeep.move_due(self.keys),
            lambda m: [steered.move_due(m)],
            lambda a: (a.moved, a.more, a.next_in_ms is not None),
            tells_its_run=True,
        )

    def claim_checks(self, most: int) -> Command:
        return Command(
            status_updates.claim_checks(self.keys, most=most, hold_ms=LONG_MS),
            lambda m: [told.claim_checks(m, most)],
            lambda a: (
                tuple((c.id, c.api_id, c.attempts, c.channel, c.status) for c in a.due), a.more,
            ),
            tells_its_run=True,
            does_more=True,
        )  # fmt: skip

    def write_status_updates(self, updates: Sequence[status_updates.StatusUpdate]) -> Command:
        return Command(
            status_updates.write_status_updates(self.keys, updates),
            lambda m: [told.write_status_updates(m, updates)],
        )

    def cancel(self, message_id: str, seen: steering.Standing) -> Command:
        call = steering.cancel(self.keys, message_id, seen)
        return Command(call, lambda m: [steered.cancel(m, message_id, seen)])

    def redrive(self, letters: Sequence[tuple[str, int]], *, force: bool) -> Command:
        call = steering.redrive(self.keys, letters, force=force)
        return Command(call, lambda m: [steered.redrive(m, letters, force=force)])

    def discard(self, letters: Sequence[tuple[str, int]]) -> Command:
        call = steering.discard(self.keys, letters)
        return Command(call, lambda m: [steered.discard(m, letters)])

    def resolve(self, doubts: Sequence[tuple[str, str]], *, resend: bool) -> Command:
        call = steering.resolve(self.keys, doubts, resend=resend)
        return Command(call, lambda m: [steered.resolve(m, doubts, resend=resend)])

    def archive(self, roll: str, *, at_once: bool) -> Command:
        keep = 0 if at_once else LONG_MS
        return Command(
            upkeep.archive_page(self.keys, roll, 0, retention_ms=keep, dead_retention_ms=keep),
            lambda m: [steered.archive(m, roll, at_once=at_once)],
            lambda a: (a.archived, a.left),
            tells_its_run=True,
        )

    def open_campaign(self, name: str, salt: str) -> Command:
        return Command(
            enqueueing.open_campaign(self.keys, name, salt=salt),
            lambda m: [steered.open_campaign(m, name, salt)],
            lambda a: (a.salt, a.state, a.created),
        )

    def steer(self, name: str, version: int, wanted: Literal["paused", "running"]) -> Command:
        seen = overview.CampaignOverview(name, "", None, {}, version)
        call = (
            campaigns.pause_campaign(self.keys, seen, why="x", by="me")
            if wanted == "paused"
            else campaigns.resume_campaign(self.keys, seen)
        )
        return Command(
            call,
            lambda m: [steered.steer_campaign(m, name, version, wanted)],
            lambda a: (a.state, a.done),
        )

    def place_hold(
        self, reason: steering.HoldReason, channel: Channel | None,
        comes_from: steering.RanInto | int, probe: When, *, redrive: bool, after: int,
    ) -> Command:  # fmt: skip
        call = steering.place_hold(
            self.keys, reason, comes_from=comes_from, why="x", by="me", channel=channel,
            probe_in_ms=PROBES_IN_MS[probe], longest_probe_ms=LONG_MS, redrive=redrive, after=after,
        )  # fmt: skip

        def expect(m: Model) -> list[Step]:
            return [
                holds.place_hold(
                    m,
                    reason,
                    channel,
                    comes_from=comes_from,
                    probe=probe,
                    redrive=redrive,
                    after=after,
                )
            ]

        return Command(call, expect)

    def lift_hold(
        self, hold: steering.Hold, since: int, do: Literal["lift", "redrive", "try"]
    ) -> Command:
        """`since`: the tick at which the hold that was seen was placed."""
        call = (
            steering.try_hold(self.keys, hold)
            if do == "try"
            else steering.lift_hold(self.keys, hold, redrive=do == "redrive")
        )
        return Command(call, lambda m: [holds.lift_hold(m, hold.field, since, do)])

    def keep_balance(self, hold: steering.Hold, since: int, balance: float) -> Command:
        call = steering.keep_balance(self.keys, hold, balance)
        return Command(call, lambda m: [holds.keep_balance(m, hold.field, since, balance)])

    def end_redrive(self, done: redrives.Redrive, seen: tuple[int, int]) -> Command:
        call = redrives.end_redrive(self.keys, done)
        return Command(call, lambda m: [holds.redrive_done(m, done.field, seen)])


def _claimed(answer: sending.Batch | sending.Waiting) -> Any:
    if isinstance(answer, sending.Waiting):
        return {None: "empty", 0: "ready"}.get(answer.again_in_ms, "again")
    rows = tuple(
        (
            m.id,
            m.priority,
            m.campaign,
            m.turn,
            m.attempts,
            m.refusals,
            m.validity_left_ms is not None,
        )
        for m in answer.messages
    )
    return answer.channel, answer.trial, rows
