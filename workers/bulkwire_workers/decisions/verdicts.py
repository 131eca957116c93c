"""What an answer says: about one message, about a whole request, about a failed request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bulkwire.states import Category
from bulkwire_workers.decisions.codes import CODES, UNLISTED, Action, Rule, doubt
from bulkwire_workers.one_api.answers import MessageResult, SendAnswer
from bulkwire_workers.one_api.errors import (
    Cancelled,
    Fenced,
    NotYetKnown,
    PoolExhausted,
    ProviderError,
)

__all__ = ["Verdict", "of_error", "of_request", "of_results", "of_unmatched"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An action, and the rule that gives it its reason, category and hold."""

    action: Action
    rule: Rule
    code: int | None = None
    api_id: str | None = None


def _both(reason: str, action: Action) -> Rule:
    return Rule(reason, action, action)


BARE_503: Final = Rule("http_503", Action.RETRY, Action.RETRY, hold="rate")

_STATUSES: Final = {
    401: Rule("http_401", Action.PUT_BACK, Action.PUT_BACK, hold="auth"),
    402: Rule(
        "insufficient_account_balance",
        Action.REJECT,
        Action.REJECT,
        Category.ACCOUNT,
        hold="balance",
    ),
    # Gateways say 408 also when they gave up waiting for what stands behind them.
    408: doubt("http_408"),
    429: Rule("http_429", Action.RETRY, Action.RETRY, hold="rate", slow_down=True),
}
"""HTTP statuses that mean something without a body; the others go by their class."""


def of_results(results: Sequence[MessageResult]) -> Verdict:
    """One message, from the results that name it.

    Where they contradict each other, one acceptance with one `apiMessageId` wins: the message can
    be followed up, and sending it again would be the second time. All else is in doubt.
    """
    verdicts = {_of_result(result) for result in results}
    if len(verdicts) == 1:
        return verdicts.pop()
    accepted = [verdict for verdict in verdicts if verdict.action is Action.ACCEPT]
    return accepted[0] if len(accepted) == 1 else _doubt("contradictory_results")


def of_request(answer: SendAnswer, *, resend_on_bare_503: bool) -> Verdict:
    """All messages, from the global error or the bare HTTP status."""
    code = answer.global_code
    listed = CODES.get(code) if code is not None else None
    if listed:
        return Verdict(listed.of_request, _held(listed), code)
    rule = _of_status(answer, resend_on_bare_503=resend_on_bare_503)
    return Verdict(rule.of_request, rule, code)


def of_unmatched(answer: SendAnswer, *, resend_on_bare_503: bool) -> Verdict:
    """A message that no result names, though the answer has results."""
    if any(_of_result(result).action in {Action.ACCEPT, Action.DOUBT} for result in answer.results):
        return _doubt("unmatched")
    if answer.http_status == 400 and answer.error is None:
        # A 400 accepts nothing. Alone, its result can't be taken for another's.
        return Verdict(Action.TRY_ALONE, _both("unmatched", Action.TRY_ALONE))
    if answer.error or 400 <= answer.http_status < 500:
        return of_request(answer, resend_on_bare_503=resend_on_bare_503)
    return _doubt("unmatched")


def of_error(error: ProviderError) -> Verdict:
    """All messages, from a request that got no answer."""
    if error.may_have_left:
        # Our own side stopping says nothing about the provider.
        stopped = isinstance(error, Cancelled)
        rule = _both(error.reason, Action.DOUBT) if stopped else doubt(error.reason)
    elif error.concerns_account:
        rule = Rule(error.reason, Action.PUT_BACK, Action.PUT_BACK, hold="refused")
    elif isinstance(error, Fenced | Cancelled):
        # Nobody's fault: back to the front, without a hold.
        rule = _both(error.reason, Action.PUT_BACK)
    elif isinstance(error, PoolExhausted | NotYetKnown):
        rule = _both(error.reason, Action.RETRY)
    else:
        rule = Rule(error.reason, Action.RETRY, Action.RETRY, hold="rate")
    return Verdict(rule.of_request, rule)


def _held(rule: Rule) -> Rule:
    """Put back without a hold, a request would be sent and refused in a circle."""
    circles = rule.of_request is Action.PUT_BACK and rule.hold is None
    return replace(rule, hold="refused") if circles else rule


def _of_result(result: MessageResult) -> Verdict:
    if result.accepted is not False and result.api_id and (result.accepted or not result.error):
        # Also without `accepted`: what has an `apiMessageId` can be asked for.
        return Verdict(Action.ACCEPT, _both("accepted", Action.ACCEPT), api_id=result.api_id)
    if result.accepted:
        # Taken, but nothing to ask for it by: only a callback can tell.
        return _doubt("accepted_without_id")
    if result.error is None and result.accepted is None:
        return _doubt("empty_result")
    rule = CODES.get(result.code, UNLISTED) if result.code is not None else UNLISTED
    return Verdict(rule.of_message, rule, result.code)


def _of_status(answer: SendAnswer, *, resend_on_bare_503: bool) -> Rule:
    status = answer.http_status
    if status in _STATUSES:
        return _STATUSES[status]
    if status == 503 and resend_on_bare_503 and not answer.incomplete:
        return BARE_503
    # Without a number it is hardly the provider's error: what the status says tells more.
    reason = f"http_{status}" if answer.global_code is None else "unlisted_code"
    if 100 <= status < 200 or 300 <= status < 500:
        return Rule(reason, Action.PUT_BACK, Action.PUT_BACK, hold="refused")
    if 200 <= status < 300 and not answer.error:
        reason = f"unreadable_{answer.fault}" if answer.fault else "no_results"
    return doubt(reason)


def _doubt(reason: str) -> Verdict:
    return Verdict(Action.DOUBT, doubt(reason))
