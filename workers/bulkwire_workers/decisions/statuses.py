"""The provider's message statuses, as one table: every string of the contract and its effect.

A status that is not listed is pending, and counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from bulkwire.states import Category
from bulkwire_workers.decisions.values import HoldReason

__all__ = ["STATUSES", "UNLISTED", "Stage", "StatusRule"]


class Stage(IntEnum):
    """How far a message has come on a channel; the furthest of several channels counts.

    Failed stands below pending: while another channel still works on the message, it is not dead.
    What says nothing stands below failed.
    """

    UNKNOWN = 0
    FAILED = 1
    RATE_LIMITED = 2  # not delivered, to be sent again later
    PENDING = 3
    EMULATED = 4
    DELIVERED = 5
    READ = 6


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A row: the stage, and for a failure what follows from it."""

    stage: Stage
    category: Category | None = None
    hold: HoldReason | None = None
    suppress: bool = False
    pause_campaign: bool = False


_UNKNOWN = StatusRule(Stage.UNKNOWN)
_PENDING = StatusRule(Stage.PENDING)
_DELIVERED = StatusRule(Stage.DELIVERED)
_LATER = StatusRule(Stage.RATE_LIMITED, Category.RATE_LIMITED)
_ACCOUNT = StatusRule(Stage.FAILED, Category.ACCOUNT)
_TEMPLATE = StatusRule(Stage.FAILED, Category.TEMPLATE)
_TEMPLATE_GONE = StatusRule(Stage.FAILED, Category.TEMPLATE, pause_campaign=True)
_CONTENT = StatusRule(Stage.FAILED, Category.CONTENT)
_UNDELIVERED = StatusRule(Stage.FAILED, Category.UNDELIVERED)
_RECIPIENT = StatusRule(Stage.FAILED, Category.RECIPIENT)
_OPTED_OUT = StatusRule(Stage.FAILED, Category.RECIPIENT, suppress=True)

UNLISTED: Final = _UNKNOWN

STATUSES: Final[Mapping[str, StatusRule]] = MappingProxyType(
    {
        "UNKNOWN": _UNKNOWN,
        "QUEUED": _PENDING,
        "SCHEDULED": _PENDING,
        "SENT_TO_SUPPLIER": _PENDING,
        "DEVICE_ACK": _DELIVERED,
        "READ": StatusRule(Stage.READ),
        # The message arrived, whatever became of the payment: again would be twice.
        "PAYMENT_COMPLETED": _DELIVERED,
        "PAYMENT_DECLINED": _DELIVERED,
        "PAYMENT_FAILED": _DELIVERED,
        "EMULATED": StatusRule(Stage.EMULATED),
        "INSUFFICIENT_ACCOUNT_BALANCE": StatusRule(Stage.FAILED, Category.ACCOUNT, hold="balance"),
        "WHATSAPP_ACCOUNT_PAYMENT_ISSUE": _ACCOUNT,
        "VOLUME_LIMIT": _ACCOUNT,
        "VOLUME_LIMIT_DAILY": _ACCOUNT,
        "VOLUME_LIMIT_MONTHLY": _ACCOUNT,
        "WHATSAPP_COMPLIANCE_INFO_MISSING": _ACCOUNT,
        "ROUTING_ERROR": _ACCOUNT,
        "ENCRYPTION_ACCESS_DENIED": _ACCOUNT,
        "STOPPED_BY_ADMIN": _ACCOUNT,
        "PAYMENT_INVALID_MERCHANT_SESSION": _ACCOUNT,
        "PAYMENT_INVALID_WEBHOOK_ENDPOINTS": _ACCOUNT,
        "WHATSAPP_SERVER_RATE_LIMIT": _LATER,
        "WHATSAPP_SPAM_RATE_LIMIT_REACHED": _LATER,
        "EXCESSIVE_MESSAGES_TO_RECIPIENT": StatusRule(Stage.FAILED, Category.RATE_LIMITED),
        "WHATSAPP_RE_ENGAGEMENT_REQUIRED": _TEMPLATE,
        "WHATSAPP_TEMPLATE_TEXT_TOO_LONG": _TEMPLATE,
        "WHATSAPP_TEMPLATE_FORMAT_MISMATCH": _TEMPLATE,
        "WHATSAPP_TEMPLATE_FORMATTING_POLICY_VIOLATED": _TEMPLATE,
        "WHATSAPP_TEMPLATE_MEDIA_FORMAT_UNSUPPORTED": _TEMPLATE,
        "WHATSAPP_TEMPLATE_INVALID_URL": _TEMPLATE,
        "WHATSAPP_TEMPLATE_INVALID_PHONE_NUMBER": _TEMPLATE,
        "WHATSAPP_TEMPLATE_RECEIVER_NO_BUTTON_SUPPORT": _TEMPLATE,
        "WHATSAPP_TEMPLATE_PARAM_COUNT_MISMATCH": _TEMPLATE,
        "WHATSAPP_TEMPLATE_DOES_NOT_EXIST": _TEMPLATE_GONE,
        "WHATSAPP_TEMPLATE_PAUSED": _TEMPLATE_GONE,
        "WHATSAPP_TEMPLATE_DISABLED": _TEMPLATE_GONE,
        "WHATSAPP_PARAMETER_MISSING": _TEMPLATE,
        "WHATSAPP_PARAMETER_INVALID": _TEMPLATE,
        "WHATSAPP_PARAMETER_NOT_REQUIRED": _TEMPLATE,
        "MEDIA_NOT_FOUND": _CONTENT,
        "MEDIA_SIZE_ERROR": _CONTENT,
        "MEDIA_CHECKSUM_FAILURE": _CONTENT,
        "MEDIA_REJECTED_BY_SUPPLIER": _CONTENT,
        "MEDIA_METADATA_ERROR": _CONTENT,
        "MEDIA_ACCESS_ERROR": _CONTENT,
        "MEDIA_TYPE_NOT_SUPPORTED": _CONTENT,
        "ENCRYPTION_CONTENT_ERROR": _CONTENT,
        "ENCRYPTION_VALIDATION_ERROR": _CONTENT,
        "WHATSAPP_PRODUCT_CATALOG_NOT_FOUND": _CONTENT,
        "WHATSAPP_PRODUCT_NOT_FOUND_IN_CATALOG": _CONTENT,
        "WHATSAPP_PRODUCT_COMPLIANCE_ERROR": _CONTENT,
        # The phone may have been off: worth a redrive.
        "DELIVERY_FAILURE": _UNDELIVERED,
        "EXPIRED": _UNDELIVERED,
        "WHATSAPP_MESSAGE_UNDELIVERABLE": _UNDELIVERED,
        "RECIPIENT_DOES_NOT_EXIST": _RECIPIENT,
        "WHATSAPP_EXPERIMENTAL_NUMBER": _RECIPIENT,
        "WHATSAPP_CHOSE_NOT_TO_DELIVER": _RECIPIENT,
        "ANONYMOUS_USER_ID_INVALID": _RECIPIENT,
        "ANONYMOUS_USER_ID_ERROR": _RECIPIENT,
        "STOPPED_BY_USER": _OPTED_OUT,
        "STOP_MARKETING_MESSAGES": _OPTED_OUT,
    }
)
