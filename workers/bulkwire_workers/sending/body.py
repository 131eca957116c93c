"""The request body: ready-made messages, joined, with what is left of their validity."""

from collections.abc import Sequence

from bulkwire.store.sending import Claimed

__all__ = ["request_body"]

MINUTE_MS = 60_000


def request_body(messages: Sequence[Claimed], *, age_ms: int = 0) -> bytes:
    """`{"messages": […]}` of the contract's `SendOmniChannelMessagesRequest`.

    `age_ms`: since they were claimed.
    """
    return b'{"messages":[' + b",".join(_with_validity(one, age_ms) for one in messages) + b"]}"


def _with_validity(message: Claimed, age_ms: int) -> bytes:
    if message.validity_left_ms is None:
        return message.payload
    # Rounded down: the provider must not go on longer than its sender wanted; at least a minute.
    minutes = max(1, (message.validity_left_ms - age_ms) // MINUTE_MS)
    return message.payload[:-1] + b',"validityPeriod":%d}' % minutes
