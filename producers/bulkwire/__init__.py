"""Bulkwire: bulk SMS and WhatsApp through Clickatell's One API.

from bulkwire import enqueue_message

result = enqueue_message(to="+27 82 123 4567", content="Your code is 4711", priority="high")
result.id, result.created, result.state
"""

from bulkwire.client import Bulkwire
from bulkwire.default import (
    acancel_message,
    aenqueue_message,
    aenqueue_messages,
    aget_message,
    cancel_message,
    enqueue_message,
    enqueue_messages,
    get_message,
)
from bulkwire.errors import (
    BulkwireError,
    ConfigurationError,
    Fault,
    InvalidMessage,
    QueueFull,
    QueueUnavailable,
    UnknownMessage,
)
from bulkwire.message import EnqueueResult, Message
from bulkwire.states import Category, Channel, OnDoubt, Priority, State
from bulkwire.store.record import StoredMessage

__all__ = [
    "Bulkwire",
    "BulkwireError",
    "Category",
    "Channel",
    "ConfigurationError",
    "EnqueueResult",
    "Fault",
    "InvalidMessage",
    "Message",
    "OnDoubt",
    "Priority",
    "QueueFull",
    "QueueUnavailable",
    "State",
    "StoredMessage",
    "UnknownMessage",
    "acancel_message",
    "aenqueue_message",
    "aenqueue_messages",
    "aget_message",
    "cancel_message",
    "enqueue_message",
    "enqueue_messages",
    "get_message",
]
