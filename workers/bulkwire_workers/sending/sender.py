"""One batch on its way: depart, send, decide per message, settle. Claiming is the dispatcher's."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

from bulkwire.errors import NotPermitted, QueueUnavailable, StoreError
from bulkwire.outcomes import Outcome, Unsent
from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.rates import slow_down
from bulkwire.store.runner import AsyncStore
from bulkwire.store.sending import Batch, Claimed, Verdict, depart, recall, settle
from bulkwire_workers.decisions.decide import decide
from bulkwire_workers.decisions.values import Decision, RetryPolicy, Sent
from bulkwire_workers.hold_calls import hold_call
from bulkwire_workers.liveness.pulse import Pulse, Step
from bulkwire_workers.one_api.answers import SendAnswer
from bulkwire_workers.one_api.departure import Departure
from bulkwire_workers.one_api.errors import Cancelled, ProviderError
from bulkwire_workers.provider_lines import Line
from bulkwire_workers.sending.body import request_body
from bulkwire_workers.sending.journey import Journey, Part
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
        journey = Journey(batch, line)
        with self._leases.holding(line.keys, batch.id):
            try:
                await self._deliver(journey, batch.messages)
            except StoreError as error:
                # What had not departed lapses and goes back; what had is in doubt.
                self._log.error("batch_left_to_its_lease", batch=batch.id[:8], error=str(error))
            finally:
                self._recollection.ends(batch)

    async def _deliver(self, journey: Journey, messages: Sequence[Claimed]) -> None:
        decision = await self._decide_with_retries(journey, Part(messages))
        if decision.split:
            middle = len(messages) // 2
            await self._deliver(journey, messages[:middle])
            await self._deliver(journey, messages[middle:])
            return
        for hold in decision.holds:
            # Before the messages go back: whoever claims them next has to see it.
            if await self._testify(hold_call(journey.line, hold, comes_from=journey.request)):
                self._log.warning(
                    "hold", account=journey.line.account, reason=hold.reason, why=hold.why
                )
        await self._settle(journey, decision.outcomes)

    async def _decide_with_retries(self, journey: Journey, part: Part) -> Decision:
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

    async def _attempt(self, journey: Journey, part: Part) -> Decision:
        if self._stopping.is_set():
            return part.kept_back("worker_stopping")
        if part.has_stale(journey.age_ms):
            # Whoever claims them next sorts out those whose validity is over.
            return part.kept_back("validity_over")
        journey.attempt += 1
        part.tries += 1
        outcome = await self._leave(journey, part)
        if isinstance(outcome, str):
            return part.kept_back(outcome)
        decision = self._decide(journey, part, outcome)
        if decision.slow_down:
            decision = await self._slow_down(journey, decision)
        if decision.split or decision.retry_in_s is not None:
            # What is known is written before any sleep: this attempt surely did not leave.
            self._recollection.did_not_leave(journey.batch)
            try:
                await self._store.run(recall(journey.line.keys, journey.batch.id, journey.attempt))
            except QueueUnavailable:
                return replace(decision, retry_in_s=None, split=False)
        return decision

    async def _leave(self, journey: Journey, part: Part) -> SendAnswer | ProviderError | str:
        """What was answered, what came instead of an answer, or why it may not leave.

        Who answers there is found out before anything is written: a process that dies meanwhile
        leaves nothing in doubt.
        """
        api, departure = journey.line.api, Departure()
        try:
            async with api.first_contact():
                fence = await self._depart(journey, part)
                if isinstance(fence, str):
                    return fence
                body = request_body(part.messages, age_ms=journey.age_ms)
                return await api.send(body, deadline=fence, departure=departure)
        except ProviderError as error:
            return error
        except asyncio.CancelledError:
            decision = self._decide(journey, part, Cancelled(departure))
            await asyncio.shield(self._settle(journey, decision.outcomes))
            raise

    async def _depart(self, journey: Journey, part: Part) -> float | str:
        """Until when it may leave, by `time.monotonic()`, or why it may not."""
        journey.departed_at = time.monotonic()
        keys, batch, ids = journey.line.keys, journey.batch, part.ids
        self._recollection.departs(keys, batch, journey.attempt, ids)
        call = depart(
            keys,
            batch.id,
            journey.attempt,
            lease_ms=self._terms.lease_ms,
            messages=len(ids),
            part=ids if len(ids) < len(batch.messages) else (),
        )
        try:
            departure = await self._store.run(call)
        except QueueUnavailable:
            # It may have been written that the request may have left. It did not, and settling
            # says so as soon as Redis can be reached.
            return "store_unavailable"
        if departure.verdict is not Verdict.GO:
            return f"departure_{departure.verdict}"
        return journey.departed_at + departure.lease_left_ms / 1000

    async def _slow_down(self, journey: Journey, decision: Decision) -> Decision:
        """Says that we are too fast. Where others get through, that needs no hold as well."""
        ago_ms = round((time.monotonic() - journey.departed_at) * 1000)
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

    def _decide(
        self, journey: Journey, part: Part, outcome: SendAnswer | ProviderError
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

    async def _settle(self, journey: Journey, outcomes: Mapping[str, Outcome]) -> None:
        call = settle(
            journey.line.keys,
            journey.batch.id,
            journey.attempt,
            outcomes,
            first_check_ms=self._terms.first_check_ms,
        )
        self._recollection.learns(journey.line.keys, journey.batch, journey.attempt, outcomes)
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
        """Writes what is known, however long Redis is away: whoever lost the lease may testify.

        A right that is missing now may be back in a minute; the answer never comes again.
        """
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((QueueUnavailable, NotPermitted)),
            wait=wait_exponential_jitter(initial=0.1, max=2),
            stop=stop_after_delay(TESTIFY_FOR_S),
            reraise=True,
        ):
            with attempt:
                return await self._store.run(call)
        raise AssertionError("tenacity reraises")


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
