"""What becomes of a request and of each of its messages. Never raises, whatever was answered.

Three steps, each in a module of its own: which result belongs to which message (`matching`), what
it says (`verdicts`, over the table in `codes`), and here: what follows from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category
from bulkwire_workers.decisions.backoff import full_jitter_s
from bulkwire_workers.decisions.codes import Action, Rule
from bulkwire_workers.decisions.matching import match
from bulkwire_workers.decisions.values import Decision, HoldRequest, RetryPolicy, Sent
from bulkwire_workers.decisions.verdicts import (
    BARE_503,
    Verdict,
    of_error,
    of_request,
    of_results,
    of_unmatched,
)
from bulkwire_workers.one_api.answers import SendAnswer
from bulkwire_workers.one_api.errors import ProviderError

__all__ = ["decide"]


def decide(
    batch: Sequence[Sent],
    outcome: SendAnswer | ProviderError,
    attempt: int,
    policy: RetryPolicy,
    *,
    rng: Random,
) -> Decision:
    """Decide about request number `attempt` (from 1) of one lease."""
    verdicts = _beside_others(_verdicts(batch, outcome, policy))
    actions = {verdict.action for verdict in verdicts.values()}
    asked = outcome.retry_after_s
    retry_in_s = None
    streak = False
    if actions == {Action.RETRY}:
        retry_in_s = _retry_in_s(attempt, asked, policy, rng)
        streak = retry_in_s is None
    if actions == {Action.SPLIT} and len(batch) == 1:
        verdicts = {key: _of_the_only_one(verdict) for key, verdict in verdicts.items()}
    return Decision(
        outcomes={sent.id: _outcome(sent, verdicts[sent.id], asked, policy, rng) for sent in batch},
        holds=tuple(_holds(batch, verdicts, asked, streak=streak)),
        retry_in_s=retry_in_s,
        split=actions == {Action.SPLIT} and len(batch) > 1,
        slow_down=any(verdict.rule.slow_down for verdict in verdicts.values()),
        bare_503=any(verdict.rule is BARE_503 for verdict in verdicts.values()),
    )


def _verdicts(
    batch: Sequence[Sent], outcome: SendAnswer | ProviderError, policy: RetryPolicy
) -> Mapping[str, Verdict]:
    if isinstance(outcome, ProviderError):
        return {sent.id: of_error(outcome) for sent in batch}
    judge = of_unmatched if outcome.results else of_request
    otherwise = judge(outcome, resend_on_bare_503=policy.resend_on_bare_503)
    matched = match(batch, outcome.results)
    return {
        sent.id: of_results(matched[sent.id]) if sent.id in matched else otherwise for sent in batch
    }


def _beside_others(verdicts: Mapping[str, Verdict]) -> Mapping[str, Verdict]:
    """Beside others that were accepted, all but a rate limit is the message's own fault."""
    if not any(verdict.api_id for verdict in verdicts.values()):
        return verdicts
    return {key: _its_own_fault(verdict) for key, verdict in verdicts.items()}


def _its_own_fault(verdict: Verdict) -> Verdict:
    if verdict.action is Action.RETRY and not verdict.rule.slow_down:
        return replace(verdict, action=Action.TRY_AGAIN)
    return verdict


def _of_the_only_one(verdict: Verdict) -> Verdict:
    return Verdict(verdict.rule.of_message, verdict.rule, verdict.code)


def _retry_in_s(
    attempt: int, asked: float | None, policy: RetryPolicy, rng: Random
) -> float | None:
    """The wait before the same request goes out again; None if not within this lease."""
    if attempt >= policy.tries or (asked or 0.0) > policy.longest_wait_s:
        return None
    wait = full_jitter_s(attempt, base_s=policy.base_s, cap_s=policy.cap_s, rng=rng)
    return (asked or 0.0) + wait


def _outcome(
    sent: Sent, verdict: Verdict, asked: float | None, policy: RetryPolicy, rng: Random
) -> Outcome:
    rule, action, code = verdict.rule, verdict.action, verdict.code
    if verdict.api_id:
        return Accepted(verdict.api_id)
    if action is Action.DOUBT:
        return Unanswered(rule.reason)
    if action is Action.REJECT:
        category = rule.category or Category.ACCOUNT
        return Rejected(rule.reason, category, suppress=rule.suppress, code=code)
    counts = action in {Action.TRY_AGAIN, Action.TRY_ALONE}
    if counts and sent.attempts + 1 >= policy.attempts:
        return Rejected(rule.reason, Category.EXHAUSTED, code=code)
    waits = action in {Action.TRY_AGAIN, Action.RETRY}
    return Unsent(
        rule.reason,
        delay_ms=_delay_ms(sent, asked, policy, rng) if waits else 0,
        counts_attempt=counts,
        alone=action in {Action.SPLIT, Action.TRY_ALONE},
        code=code,
    )


def _delay_ms(sent: Sent, asked: float | None, policy: RetryPolicy, rng: Random) -> int:
    nth = sent.attempts + sent.refusals + 1
    wait = full_jitter_s(nth, base_s=policy.message_base_s, cap_s=policy.message_cap_s, rng=rng)
    return max(1, round(((asked or 0.0) + wait) * 1000))


def _holds(
    batch: Sequence[Sent], verdicts: Mapping[str, Verdict], asked: float | None, *, streak: bool
) -> Iterable[HoldRequest]:
    requests: dict[tuple[str, object], HoldRequest] = {}
    # A channel that took one of these messages is not off: what was refused beside it concerns
    # that message (its FROM number, say). A balance, though, can run out half-way.
    works = any(verdict.api_id for verdict in verdicts.values())
    unanswered = all(verdict.action is Action.DOUBT for verdict in verdicts.values())
    for sent in batch:
        verdict = verdicts[sent.id]
        rule, action = verdict.rule, verdict.action
        if rule.hold is None or action in {Action.SPLIT, Action.TRY_AGAIN}:
            continue
        if action is Action.RETRY and not streak:
            continue
        if action is Action.DOUBT and not unanswered:
            continue
        if works and action is Action.REJECT and rule.hold == "refused":
            continue
        request = HoldRequest(
            rule.hold,
            _why(rule),
            channel=sent.channel if rule.per_channel else None,
            for_s=asked if action is Action.RETRY else None,
            after=rule.hold_after,
        )
        requests.setdefault((request.reason, request.channel), request)
    return requests.values()


def _why(rule: Rule) -> str:
    if rule.hold_after == 1:
        return rule.reason
    streak = f"{rule.hold_after} requests in a row in doubt"
    return f"circuit_breaker: {streak}, the last for {rule.reason}"
