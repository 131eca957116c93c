"""What a status answer means for an accepted message. Never raises, whatever was answered."""

from dataclasses import dataclass
from random import Random

from bulkwire.states import Category, State
from bulkwire_workers.decisions.backoff import full_jitter_s
from bulkwire_workers.decisions.codes import CODES
from bulkwire_workers.decisions.statuses import STATUSES, UNLISTED, Stage, StatusRule
from bulkwire_workers.decisions.values import HoldRequest, RetryPolicy
from bulkwire_workers.one_api.answers import ChannelStatus, StatusAnswer
from bulkwire_workers.one_api.errors import ProviderError

__all__ = [
    "Arrived",
    "Failed",
    "FollowUp",
    "ResendLater",
    "StillPending",
    "decide_status",
]


@dataclass(frozen=True, slots=True)
class StillPending:
    """No final word: ask again later."""

    reason: str
    """The provider's status, or our word for why there was none."""
    unlisted: bool = False
    """The status is not in the contract: to be counted."""
    unheard: bool = False
    """Nobody said anything about the message: no answer, or a refusal to answer."""
    holds: tuple[HoldRequest, ...] = ()
    slow_down: bool = False
    """Ask less often: the provider refuses to answer so many questions."""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A final or nearly final success: delivered, read or emulated."""

    state: State
    status: str
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A dead letter. `reason` is the provider's status."""

    reason: str
    category: Category
    suppress: bool = False
    hold: HoldRequest | None = None
    pause_campaign: bool = False
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ResendLater:
    """Not delivered for sending too fast: back to the queue, due in `delay_ms`.

    The channel has to slow down, too. One counted attempt.
    """

    reason: str
    delay_ms: int


FollowUp = StillPending | Arrived | Failed | ResendLater

_ARRIVED = {
    Stage.READ: State.READ,
    Stage.DELIVERED: State.DELIVERED,
    Stage.EMULATED: State.EMULATED,
}


def decide_status(
    answer: StatusAnswer | ProviderError,
    *,
    attempts: int,
    policy: RetryPolicy,
    rng: Random,
) -> FollowUp:
    """Decide about a message that was counted as sent `attempts` times, this one included."""
    if isinstance(answer, ProviderError):
        return StillPending(answer.reason, unheard=True)
    if not 200 <= answer.http_status < 300 or not answer.channels:
        return _without_status(answer)
    furthest = max(answer.channels, key=_progress)
    rule = _rule(furthest)
    if rule.stage in _ARRIVED:
        return Arrived(_ARRIVED[rule.stage], furthest.status, furthest.timestamp_ms)
    if rule.stage is Stage.RATE_LIMITED and attempts < policy.attempts:
        wait = full_jitter_s(
            attempts, base_s=policy.message_base_s, cap_s=policy.message_cap_s, rng=rng
        )
        return ResendLater(furthest.status, max(1, round(wait * 1000)))
    if rule.category is not None:
        return _failed(furthest, rule, rule.category)
    unlisted = any(entry.status not in STATUSES for entry in answer.channels)
    return StillPending(furthest.status, unlisted=unlisted)


def _progress(entry: ChannelStatus) -> tuple[int, int]:
    # Two channels as far as each other: the later news.
    return _rule(entry).stage, entry.timestamp_ms or 0


def _rule(entry: ChannelStatus) -> StatusRule:
    return STATUSES.get(entry.status, UNLISTED)


def _failed(entry: ChannelStatus, rule: StatusRule, category: Category) -> Failed:
    return Failed(
        entry.status,
        category,
        suppress=rule.suppress,
        hold=HoldRequest(rule.hold, entry.status) if rule.hold else None,
        pause_campaign=rule.pause_campaign,
        timestamp_ms=entry.timestamp_ms,
    )


def _without_status(answer: StatusAnswer) -> StillPending:
    """No channel's status: unknown id (404 or no key), a refusal, or something unreadable.

    Only a refused key or account is worth a hold: asking is harmless, and most refusals pass.
    """
    listed = CODES.get(answer.error.code) if answer.error and answer.error.code else None
    reason = listed.reason if listed else f"http_{answer.http_status}"
    refused_key = (listed and listed.hold == "auth") or answer.http_status == 401
    return StillPending(
        reason,
        # An id that nobody knows (yet) is an answer about the message; other refusals are not.
        unheard=not (200 <= answer.http_status < 300 or answer.http_status == 404),
        holds=(HoldRequest("auth", reason),) if refused_key else (),
        slow_down=answer.http_status == 429 or bool(listed and listed.slow_down),
        retry_after_s=answer.retry_after_s,
    )
