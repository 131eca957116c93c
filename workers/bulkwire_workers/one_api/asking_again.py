"""Asking once more where that does no harm.

Every operation but sending may be repeated: three of them only read; a file that went up twice is
there twice, which costs nothing and ends after 30 days; a message that was reported as read twice
is as read as before. So these are repeated whatever became of the first request, also where it may
have arrived. Sending is repeated by the message store's rules alone.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import tenacity

from bulkwire_workers.one_api.errors import ProviderError, Unaddressable
from bulkwire_workers.one_api.reading import Answer

__all__ = ["ATTEMPTS", "ask_patiently"]

ATTEMPTS: Final = 4
PASSING_CODES: Final = frozenset({18, 19, 43})
"""Internal error, internal error please retry, rate limit."""
WHOLE: Final = frozenset({"empty", "not_json", "not_an_object", "too_large"})
"""Faults of bodies that arrived as they were meant: they would come the same again."""
_BACKOFF: Final = tenacity.wait_random_exponential(multiplier=0.5, max=5.0)
_LONGEST_PAUSE_S: Final = 30.0

A = TypeVar("A", bound=Answer)


async def ask_patiently(ask: Callable[[], Awaitable[A]], *, attempts: int = ATTEMPTS) -> A:
    """The answer to `ask`, after at most `attempts` tries.

    Repeated are requests without an answer, those that were refused for the moment (429, 5xx,
    codes 18, 19 and 43), and successes whose body broke on its way. Pauses grow from half a
    second to five, at random; `Retry-After` is honoured up to 30 s. The last answer counts, or the
    last ProviderError is raised.
    """
    trying = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(attempts),
        wait=_pause,
        retry=tenacity.retry_if_exception(_worth_it) | tenacity.retry_if_result(_passing),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    answer: A = await trying(ask)
    return answer


def _worth_it(error: BaseException) -> bool:
    return (
        isinstance(error, ProviderError)
        and not isinstance(error, Unaddressable)
        and not error.concerns_account
    )


def _passing(answer: Answer) -> bool:
    if answer.http_status == 429 or answer.http_status >= 500:
        return True
    if answer.http_status < 300:
        return answer.fault is not None and answer.fault not in WHOLE
    return answer.error is not None and answer.error.code in PASSING_CODES


def _pause(state: tenacity.RetryCallState) -> float:
    asked_for: float | None = None
    if state.outcome is not None and not state.outcome.failed:
        asked_for = state.outcome.result().retry_after_s
    if asked_for is not None:
        return min(asked_for, _LONGEST_PAUSE_S)
    return _BACKOFF(state)
