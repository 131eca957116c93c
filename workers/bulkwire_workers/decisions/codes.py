"""The provider's error codes (`error.code`), as one table.

A code can stand for the whole request or for one message, and some mean another thing then.
The reasons are words of ours; the number travels beside them in the outcome's `code`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from bulkwire.states import Category
from bulkwire_workers.decisions.values import HoldReason

__all__ = ["CODES", "UNLISTED", "Action", "Rule", "doubt"]

UNANSWERED_IN_A_ROW: Final = 3
"""A lost answer here and there is worth no hold. After so many, each request that follows would
only put more messages in doubt: the address is wrong, or what stands behind it has failed."""


class Action(Enum):
    """What to do with a message, or with all of a request."""

    ACCEPT = auto()
    REJECT = auto()  # a dead letter
    RETRY = auto()  # surely not sent, passes by itself: again later, no attempt counted
    TRY_AGAIN = auto()  # surely not sent, may be this message's fault: later, one attempt counted
    TRY_ALONE = auto()  # surely not sent, and the answer can't be told apart: in its own request
    PUT_BACK = auto()  # surely not sent, and all others would fare alike: behind a hold
    SPLIT = auto()  # surely not sent, for the fault of one message: find out which
    DOUBT = auto()  # may have been sent


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: what an error is called and what it leads to."""

    reason: str
    of_request: Action
    of_message: Action
    category: Category | None = None
    hold: HoldReason | None = None
    """With RETRY: only once a streak of tries has failed."""
    per_channel: bool = False
    """The hold concerns the channel of the batch, not the whole account."""
    hold_after: int = 1
    """Only once so many requests in a row have ended like that."""
    suppress: bool = False
    slow_down: bool = False


def doubt(reason: str) -> Rule:
    """May have been sent, and nothing readable says so."""
    return Rule(reason, Action.DOUBT, Action.DOUBT, hold="refused", hold_after=UNANSWERED_IN_A_ROW)


def _auth(reason: str) -> Rule:
    return Rule(reason, Action.PUT_BACK, Action.PUT_BACK, hold="auth")


def _wrong_address(reason: str) -> Rule:
    return Rule(reason, Action.PUT_BACK, Action.PUT_BACK, hold="refused")


def _message_fault(reason: str, category: Category, *, suppress: bool = False) -> Rule:
    # For a whole request, it is some message's fault, and a split finds it.
    return Rule(reason, Action.SPLIT, Action.REJECT, category, suppress=suppress)


def _account_fault(
    reason: str, *, hold: HoldReason | None = "refused", per_channel: bool = False
) -> Rule:
    return Rule(
        reason, Action.PUT_BACK, Action.REJECT, Category.ACCOUNT, hold, per_channel=per_channel
    )


CODES: Final[Mapping[int, Rule]] = MappingProxyType(
    {
        1: _auth("api_key_invalid"),
        2: _auth("account_inactive"),
        3: _auth("integration_inactive"),
        7: _auth("address_not_approved"),
        18: replace(doubt("internal_error"), of_message=Action.TRY_AGAIN),
        19: Rule("temporary_error", Action.RETRY, Action.RETRY, hold="rate"),
        20: Rule(
            "insufficient_account_balance",
            Action.REJECT,
            Action.REJECT,
            Category.ACCOUNT,
            hold="balance",
        ),
        21: _message_fault("payload_malformed", Category.CONTENT),
        # Alone it can't be too many: whatever is wrong with it must not stop its neighbours.
        22: _message_fault("too_many_messages", Category.CONTENT),
        23: _message_fault("invalid_parameter", Category.CONTENT),
        24: _message_fault("invalid_size", Category.CONTENT),
        25: _message_fault("invalid_recipient", Category.RECIPIENT),
        26: _message_fault("recipient_opted_out", Category.RECIPIENT, suppress=True),
        27: _message_fault("recipient_not_on_channel", Category.RECIPIENT),
        28: _message_fault("recipient_not_in_sandbox", Category.RECIPIENT),
        30: _message_fault("invalid_content_type", Category.CONTENT),
        31: _message_fault("media_too_big", Category.CONTENT),
        32: _message_fault("payload_too_big", Category.CONTENT),
        33: _message_fault("media_not_found", Category.CONTENT),
        38: _account_fault("channel_not_active", per_channel=True),
        39: _account_fault("feature_not_active", per_channel=True),
        40: _message_fault("invalid_character_set", Category.CONTENT),
        41: _wrong_address("no_such_resource"),
        42: _wrong_address("method_not_supported"),
        43: Rule("rate_limited", Action.RETRY, Action.RETRY, hold="rate", slow_down=True),
        44: _account_fault("from_number_suspended", per_channel=True),
        45: _account_fault("from_number_not_owned", per_channel=True),
        46: _account_fault("demo_expired"),
        100: _message_fault("too_many_parts", Category.CONTENT),
        101: _message_fault("recipient_not_two_way", Category.RECIPIENT),
        110: _account_fault("us_two_way_rule", hold=None),
        111: _account_fault("us_two_way_rule", hold=None),
    }
)

UNLISTED: Final = _account_fault("unlisted_code", hold=None)
"""Any other code. Category account, so that a streak of them trips the circuit breaker."""
