"""What the provider refuses in a send request, by the contract and its written rules.

A type or a word that the contract does not know breaks the whole request (code 21), as it does
where requests are read into typed objects; everything else is a fault of its message.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from jsonschema_rs import ValidationError

from bulkwire_cli.simulator.content_rules import FileExists, content_fault
from bulkwire_cli.simulator.contract import validator_for

__all__ = ["MAX_MESSAGES", "MAX_PAYLOAD", "Checked", "SendValidator"]

MAX_MESSAGES: Final = 100
MAX_PAYLOAD: Final = 20_000_000
MALFORMED: Final = 21
TOO_MANY: Final = 22
PARAMETER: Final = 23
SIZE: Final = 24
PAYLOAD_TOO_BIG: Final = 32

_TEXT_FIELDS: Final = frozenset(
    {"channel", "to", "content", "clientMessageId", "validityPeriod", "scheduledDeliveryTime"}
)
_TOO_LONG: Final = frozenset({"maxLength", "maxItems", "maxProperties"})
_UNREADABLE: Final = frozenset({"type", "enum"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A send request as the provider reads it."""

    messages: list[dict[str, Any]]
    """Empty where the whole request is refused unread."""
    refused: int = 0
    """The code that refuses the whole request; 0: none."""
    faults: dict[int, int] | None = None
    """Position → code of the messages that are refused; None: none."""


class SendValidator:
    """Checks send requests against the contract; compiled once."""

    __slots__ = ("_file_exists", "_schema")

    def __init__(self, contract: dict[str, Any], file_exists: FileExists) -> None:
        self._schema = validator_for(contract, "SendOmniChannelMessagesRequest")
        self._file_exists = file_exists

    def check(self, body: bytes) -> Checked:
        """Read a request's body."""
        try:
            request = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Checked([], MALFORMED)
        messages = request.get("messages") if isinstance(request, dict) else None
        if not isinstance(messages, list):
            return Checked([], MALFORMED)
        if len(messages) > MAX_MESSAGES:
            return Checked(_only_objects(messages), TOO_MANY)
        faults: dict[int, int] = {}
        if not self._schema.is_valid(request):
            for error in self._schema.iter_errors(request):
                at, code = _judge(error)
                if at is None:
                    return Checked(_only_objects(messages), code)
                faults.setdefault(at, code)
        if len(body) > MAX_PAYLOAD:
            return Checked(messages, faults=dict.fromkeys(range(len(messages)), PAYLOAD_TOO_BIG))
        self._check_contents(messages, faults)
        return Checked(messages, faults=faults or None)

    def _check_contents(self, messages: list[dict[str, Any]], faults: dict[int, int]) -> None:
        for at, message in enumerate(messages):
            if at in faults:
                continue
            code = content_fault(
                message,
                file_exists=self._file_exists,
                plain=message.keys() <= _TEXT_FIELDS,
            )
            if code:
                faults[at] = code


def _judge(error: ValidationError) -> tuple[int | None, int]:
    """The position of the message at fault (None: the whole request), and the code."""
    path = error.instance_path
    kind = error.kind.name
    if len(path) < 2 or kind in _UNREADABLE:
        return None, MALFORMED
    return int(path[1]), SIZE if kind in _TOO_LONG else PARAMETER


def _only_objects(messages: list[Any]) -> list[dict[str, Any]]:
    return [message for message in messages if isinstance(message, dict)]
