"""Which result of an answer belongs to which message of the request."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from bulkwire_workers.decisions.values import Sent
from bulkwire_workers.one_api.answers import MessageResult

__all__ = ["match"]


def match(
    batch: Sequence[Sent], results: Sequence[MessageResult]
) -> Mapping[str, tuple[MessageResult, ...]]:
    """Results by message id; more than one where an answer names a message more than once.

    By `clientMessageId`, then by `to` where it is unique in the batch and among the results. The
    order counts for nothing. One lone result without either belongs to a batch of one.
    """
    ids = {sent.id for sent in batch}
    by_number = _unique_numbers(batch, results)
    matched: defaultdict[str, list[MessageResult]] = defaultdict(list)
    for result in results:
        if result.client_id in ids:
            matched[str(result.client_id)].append(result)
        elif result.to in by_number:
            matched[by_number[result.to]].append(result)
        elif len(batch) == len(results) == 1 and result.client_id is None and result.to is None:
            matched[batch[0].id].append(result)
    return {message_id: tuple(found) for message_id, found in matched.items()}


def _unique_numbers(
    batch: Sequence[Sent], results: Sequence[MessageResult]
) -> Mapping[str | None, str]:
    in_batch = Counter(_digits(sent.to) for sent in batch)
    in_results = Counter(result.to for result in results)
    return {
        number: sent.id
        for sent in batch
        if (number := _digits(sent.to)) and in_batch[number] == 1 and in_results[number] == 1
    }


def _digits(number: str) -> str:
    return "".join(char for char in number if char in "0123456789").lstrip("0")
