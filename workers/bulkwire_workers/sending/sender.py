"""One batch on its way: depart, send, decide per message, settle. Claiming is the dispatcher's."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final, TypeVar

import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from bulkwire.errors import QueueUnavailable, StoreError
from bulkwire.outcomes import Outcome, Unsent
from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.rates import slow_down
from bulkwire.store.runner import AsyncStore
from bulkwire.store.sending import Batch, Claimed, Verdict, depart, recall, settle
from bulkwire_workers.decisions.decide import decide
from bulkwire_workers.decisions.values import Decision, RetryPolicy, Sent
from bulkwire_workers.holding import hold_call
from bulkwire_workers.lines import Line
from bulkwire_workers.liveness.pulse import Pulse, Step
from bulkwire_workers.one_api.answers import SendAnswer
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import Cancelled, ProviderError
from bulkwire_workers.sending.body import request_body
from bulkwire_workers.sending.leases import LeaseKeeper
from bulkwire_workers.sending.recollection import Recollection
from bulkwire_workers.stopping import Stopping

__all__ = ["Sender", "SendingTerms"]

T = TypeVar("T")
TESTIFY_FOR_S: Final = 600.0
"""How long a worker goes on trying to write down an answer it got."""
LOOK_AGAIN_S: Final = 0.25
"""How soon a batch that waits for its next try sees that the worker is stopping."""


@dataclass(frozen=True, slots=True)
class SendingTerms:
    """How batches are sent; milliseconds."""

    lease_ms: int
    first_check_ms: int
    policy: RetryPolicy


@dataclass(slots=True)
class _Journey:
    """A batch and the number of requests made for it, across retries and halves."""

    batch: Batch
    line: Line
    attempt: int = 0
    claimed_at: float = field(default_factory=time.monotonic)

    @property
    def age_ms(self) -> int:
        return round((time.monotonic() - self.claimed_at) * 1000)


@dataclass(slots=True)
class _Part:
    """What goes in one request, the whole batch or a part of it, and how often that was tried."""

    messages: Sequence[Claimed]
    tries: int = 0


class Sender:
    """Sends claimed batches. Belongs to one event loop."""

    def __init__(
        self,
        store: AsyncStore,
        leases: LeaseKeeper,
        recollection: Recollection,
        terms: SendingTerms,
        *,
        rng: Random,
        stopping: Stopping,
        pulse: Pulse,
    ) -> None:
        self._store = store
        self._leases = leases
        self._recollection = recollection
        self._terms = terms
        self._rng = rng
        self._stopping = stopping
        self._pulse = pulse
        self._log = structlog.get_logger("bulkwire.sending")

    async def send(self, line: Line, batch: Batch) -> None:
        """Takes a claimed batch to its end. Raises only CancelledError, after settling."""
        journey = _Journey(batch, line)
        with self._leases.holding(line.keys, batch.id):
            try:
                await self._deliver(journey, batch.messages)
            except StoreError as error:
                # What had not departed lapses and goes back; what had is in doubt.
                self._log.error("batch_left_to_its_lease", batch=batch.id[:8], error=str(error))
            finally:
                self._recollection.ends(batch)

    async def _deliver(self, journey: _Journey, messages: Sequence[Claimed]) -> None:
        decision = await self._decide_with_retries(journey, _Part(messages))
        if decision.split:
            middle = len(messages) // 2
            await self._deliver(journey, messages[:middle])
            await self._deliver(journey, messages[middle:])
            return
        for hold in decision.holds:
            # Before the messages go back: whoever claims them next has to see it.
            if await self._testify(hold_call(journey.line, hold, batch=journey.batch.id)):
                self._log.warning(
                    "hold", account=journey.line.account, reason=hold.reason, why=hold.why
                )
        await self._settle(journey, decision.outcomes)

    async def _decide_with_retries(self, journey: _Journey, part: _Part) -> Decision:
        retrying = AsyncRetrying(
            retry=retry_if_result(_wants_retry),
            wait=_wait_as_decided,
            stop=stop_after_attempt(self._terms.policy.tries),
            retry_error_callback=_last_decision,
            sleep=self._pause,
        )
        decision: Decision = await retrying(self._attempt, journey, part)
        return decision

    async def _pause(self, seconds: float) -> None:
        """Waits so long, or until the worker is told to stop."""
        looks = max(1, math.ceil(seconds / LOOK_AGAIN_S))
        for _ in range(looks):
            if self._stopping.is_set():
                return
            await asyncio.sleep(seconds / looks)

    async def _attempt(self, journey: _Journey, part: _Part) -> Decision:
        if self._stopping.is_set():
            return _kept_back(part, "worker_stopping")
        if any(_is_stale(message, journey.age_ms) for message in part.messages):
            # Whoever claims them next sorts out those whose validity is over.
            return _kept_back(part, "validity_over")
        journey.attempt += 1
        part.tries += 1
        keys, batch = journey.line.keys, journey.batch.id
        asked_at = time.monotonic()
        try:
            departure = await self._store.run(
                depart(
                    keys,
                    batch,
                    journey.attempt,
                    lease_ms=self._terms.lease_ms,
                    messages=len(part.messages),
                )
            )
        except QueueUnavailable:
            # It may have been written that the request may have left. It did not, and settling
            # says so as soon as Redis can be reached.
            return _kept_back(part, "store_unavailable")
        if departure.verdict is not Verdict.GO:
            return _kept_back(part, f"departure_{departure.verdict}")
        self._recollection.departs(keys, journey.batch, journey.attempt)
        fence = asked_at + departure.lease_left_ms / 1000
        outcome = await self._request(journey, part, fence)
        decision = self._decide(journey, part, outcome)
        if decision.slow_down:
            decision = await self._slow_down(journey, decision, since=asked_at)
        if decision.split or decision.retry_in_s is not None:
            # What is known is written before any sleep: this attempt surely did not leave.
            self._recollection.did_not_leave(journey.batch)
            try:
                await self._store.run(recall(keys, batch, journey.attempt))
            except QueueUnavailable:
                return replace(decision, retry_in_s=None, split=False)
        return decision

    async def _slow_down(self, journey: _Journey, decision: Decision, *, since: float) -> Decision:
        """Says that we are too fast. Where others get through, that needs no hold as well."""
        ago_ms = round((time.monotonic() - since) * 1000)
        keys, batch = journey.line.keys, journey.batch.id
        refused = sum(isinstance(outcome, Unsent) for outcome in decision.outcomes.values())
        call = slow_down(keys, batch, journey.attempt, departed_ms_ago=ago_ms, messages=refused)
        try:
            others_get_through = await self._store.run(call)
        except QueueUnavailable:
            return decision  # the next refusal will tell
        if not others_get_through:
            return decision
        return replace(decision, holds=tuple(h for h in decision.holds if h.reason != "rate"))

    async def _request(
        self, journey: _Journey, part: _Part, fence: float
    ) -> SendAnswer | ProviderError:
        departure = Departure()
        try:
            return await journey.line.api.send(
                request_body(part.messages, age_ms=journey.age_ms),
                deadline=fence,
                departure=departure,
            )
        except ProviderError as error:
            return error
        except asyncio.CancelledError:
            decision = self._decide(journey, part, Cancelled(departure))
            await asyncio.shield(self._settle(journey, decision.outcomes))
            raise

    def _decide(
        self, journey: _Journey, part: _Part, outcome: SendAnswer | ProviderError
    ) -> Decision:
        channel = journey.batch.channel
        sent = [Sent(m.id, m.recipient, channel, m.attempts, m.refusals) for m in part.messages]
        decision = decide(sent, outcome, part.tries, self._terms.policy, rng=self._rng)
        if decision.bare_503:
            # The one known double window: whoever sees somebody get two can look for these.
            self._log.warning(
                "bare_503",
                account=journey.line.account,
                batch=journey.batch.id[:8],
                request=journey.attempt,
                messages=len(part.messages),
            )
        return decision

    async def _settle(self, journey: _Journey, outcomes: Mapping[str, Outcome]) -> None:
        call = settle(
            journey.line.keys,
            journey.batch.id,
            outcomes,
            first_check_ms=self._terms.first_check_ms,
        )
        self._recollection.learns(journey.line.keys, journey.batch, outcomes)
        states = await self._testify(call)
        self._pulse.made(Step.SETTLE)
        self._log.info(
            "batch_settled",
            account=journey.line.account,
            batch=journey.batch.id[:8],
            request=journey.attempt,
            **_tally(states),
        )

    async def _testify(self, call: Call[T]) -> T:
        """Writes what is known, however long Redis is away: whoever lost the lease may testify."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(QueueUnavailable),
            wait=wait_exponential_jitter(initial=0.1, max=2),
            stop=stop_after_delay(TESTIFY_FOR_S),
            reraise=True,
        ):
            with attempt:
                return await self._store.run(call)
        raise AssertionError("tenacity reraises")


def _kept_back(part: _Part, why: str) -> Decision:
    outcome = Unsent(why, counts_attempt=False)
    return Decision({message.id: outcome for message in part.messages})


def _is_stale(message: Claimed, age_ms: int) -> bool:
    return message.validity_left_ms is not None and message.validity_left_ms <= age_ms


def _wants_retry(decision: Decision) -> bool:
    return decision.retry_in_s is not None


def _wait_as_decided(state: RetryCallState) -> float:
    return _last_decision(state).retry_in_s or 0.0


def _last_decision(state: RetryCallState) -> Decision:
    assert state.outcome is not None
    decision: Decision = state.outcome.result()
    return decision


def _tally(states: Mapping[str, State | None]) -> dict[str, int]:
    return dict(Counter(str(state) for state in states.values()))
