"""Read receipts for any number of inbound messages: in chunks, with a word about each."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Protocol

from bulkwire_workers.one_api.asking_again import ask_patiently
from bulkwire_workers.one_api.errors import ProviderError
from bulkwire_workers.one_api.notices import (
    MOST_NOTICES,
    NoticeResult,
    NotificationAnswer,
    ReadNotice,
)

__all__ = ["Receipt", "SendsNotices", "match_notices", "report_read"]


class SendsNotices(Protocol):
    """`OneApi`, as far as it is needed here."""

    async def notification(self, notices: Sequence[ReadNotice]) -> NotificationAnswer:
        """One request of 1 to 100 notices."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the notice about one message."""

    message_id: str
    accepted: bool
    api_event_id: str | None = None
    """`apiEventId`: the provider's id of the notice."""
    code: int | None = None
    """The provider's error code."""
    reason: str | None = None
    """Why it was not accepted, in a short stable word: `refused`, `http_401`, `no_result`,
    `not_asked`, or the reason of a `ProviderError`."""


async def report_read(api: SendsNotices, message_ids: Iterable[str]) -> AsyncIterator[Receipt]:
    """Reports messages as read, each once, 100 a request; yields a receipt for each, in order.

    A request that was refused as a whole, or got no answer after several tries, ends it: what
    comes after it would fare no better, and its receipts say `not_asked`.
    """
    ids = iter(dict.fromkeys(message_ids))
    while chunk := list(islice(ids, MOST_NOTICES)):
        # Numbers of our own, as nobody promises that the results come in order.
        notices = [ReadNotice(one, str(place)) for place, one in enumerate(chunk)]
        try:
            answer = await ask_patiently(partial(api.notification, notices))
        except ProviderError as error:
            receipts, ended = list(_all_failed(chunk, error.reason)), True
        else:
            receipts = match_notices(notices, answer)
            ended = not answer.results
        for receipt in receipts:
            yield receipt
        if ended:
            for receipt in _all_failed(ids, "not_asked"):
                yield receipt


def match_notices(notices: Sequence[ReadNotice], answer: NotificationAnswer) -> list[Receipt]:
    """A receipt for each notice, in their order.

    A result is matched by `clientEventId`, else by `messageId`. What none fits was not accepted as
    far as anybody knows.
    """
    by_client = {one.client_event_id: one for one in answer.results if one.client_event_id}
    by_message = {one.message_id: one for one in answer.results if one.message_id}
    return [_receipt(notice, _fitting(notice, by_client, by_message), answer) for notice in notices]


def _fitting(
    notice: ReadNotice,
    by_client: Mapping[str, NoticeResult],
    by_message: Mapping[str, NoticeResult],
) -> NoticeResult | None:
    result = by_client.get(notice.client_event_id) if notice.client_event_id else None
    # An echo that names another message is no echo of ours.
    if result is not None and result.message_id in {None, notice.message_id}:
        return result
    return by_message.get(notice.message_id)


def _receipt(
    notice: ReadNotice, result: NoticeResult | None, answer: NotificationAnswer
) -> Receipt:
    if result is None:
        success = 200 <= answer.http_status < 300
        reason = (answer.fault or "no_result") if success else f"http_{answer.http_status}"
        code = answer.error.code if answer.error else None
        return Receipt(notice.message_id, accepted=False, code=code, reason=reason)
    code = result.error.code if result.error else None
    accepted = result.accepted is True and result.error is None
    return Receipt(
        notice.message_id,
        accepted=accepted,
        api_event_id=result.api_event_id,
        code=code,
        reason=None if accepted else "refused",
    )


def _all_failed(message_ids: Iterable[str], reason: str) -> Iterator[Receipt]:
    return (Receipt(one, accepted=False, reason=reason) for one in message_ids)
