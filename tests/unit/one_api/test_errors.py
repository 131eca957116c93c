"""Everything foreign comes out as one of ours, and brings nothing along."""

import asyncio
import pickle
import traceback
from typing import NoReturn

import httpx
import pytest

from bulkwire_workers.one_api import errors
from bulkwire_workers.one_api.departure import FIRST_BYTE, Departure, HeldBack
from bulkwire_workers.one_api.errors import Cancelled, ProviderError, in_our_words

SECRET = "Authorization: the-raw-key +27821234567"

FOREIGN = [
    *(
        kind(SECRET)
        for kind in vars(httpx).values()
        if isinstance(kind, type)
        and issubclass(kind, httpx.RequestError | httpx.InvalidURL | httpx.StreamError)
        and kind
        not in {
            httpx.StreamConsumed,
            httpx.StreamClosed,
            httpx.ResponseNotRead,
            httpx.RequestNotRead,
        }
    ),
    httpx.StreamClosed(),
    OSError(5, SECRET),
    ConnectionResetError(SECRET),
    TimeoutError(SECRET),
    ValueError(SECRET),
    UnicodeEncodeError("ascii", SECRET, 0, 1, SECRET),
    RuntimeError(SECRET),
    ExceptionGroup(SECRET, [OSError(SECRET)]),
    AssertionError(SECRET),
    HeldBack(SECRET),
    MemoryError(SECRET),
]


async def failing(foreign: BaseException) -> NoReturn:
    try:
        raise KeyError(SECRET)
    except KeyError:
        raise foreign from ValueError(SECRET)


async def translated(foreign: Exception, *, started: bool) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await in_our_words(failing(foreign), Departure(started=started))
    return caught.value


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: type(foreign).__name__)
async def test_a_foreign_error_leaves_in_our_words_alone(foreign: Exception, started: bool) -> None:
    error = await translated(foreign, started=started)
    assert error.may_have_left is started
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(pickle.dumps(error))
    assert SECRET not in shown
    assert error.reason.replace("_", "").isalpha()


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: type(foreign).__name__)
async def test_what_may_have_left_is_never_worth_a_retry(foreign: Exception) -> None:
    error = await translated(foreign, started=True)
    assert not error.retryable


async def test_what_the_caller_was_handling_before_does_not_name_the_new_failure() -> None:
    async def refused() -> NoReturn:
        raise httpx.ConnectError(SECRET)

    try:
        raise httpx.PoolTimeout(SECRET)
    except httpx.PoolTimeout:
        with pytest.raises(errors.ConnectFailed) as caught:
            await in_our_words(refused(), Departure())
    assert caught.value.reason == "connect_failed"


async def test_an_error_of_ours_passes_unchanged() -> None:
    ours = errors.PoolExhausted("pool_exhausted", retry_after_s=3.0)
    with pytest.raises(errors.PoolExhausted) as caught:
        await in_our_words(failing(ours), Departure())
    assert caught.value is ours


async def test_a_cancellation_stays_a_cancellation() -> None:
    with pytest.raises(asyncio.CancelledError):
        await in_our_words(failing(asyncio.CancelledError()), Departure(started=True))


@pytest.mark.parametrize("started", [False, True])
def test_a_cancelled_request_may_have_left_if_it_had_started(started: bool) -> None:
    assert Cancelled(Departure(started=started)).may_have_left is started


async def test_only_the_first_byte_counts_as_the_start() -> None:
    departure = Departure()
    for event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
        await departure.trace(event, {})
    assert not departure.started
    await departure.trace(FIRST_BYTE, {})
    assert departure.started


async def test_past_the_deadline_the_start_is_refused_and_stays_unmarked() -> None:
    departure = Departure(deadline=10.0, clock=lambda: 10.0)
    with pytest.raises(HeldBack):
        await departure.trace(FIRST_BYTE, {})
    assert not departure.started
