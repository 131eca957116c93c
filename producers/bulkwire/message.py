"""The message that applications enqueue, and what enqueueing it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)

from bulkwire.errors import Fault, InvalidMessage, InvalidNumber
from bulkwire.faults import faults_of
from bulkwire.ids import NAME_PATTERN, new_id
from bulkwire.phone import normalise
from bulkwire.rules import message_faults
from bulkwire.states import Channel, OnDoubt, Priority, State
from bulkwire.wire import api_time, fingerprint, to_wire

__all__ = ["EnqueueResult", "Message", "fingerprint", "make_message", "to_wire"]

_LONGEST_VALIDITY: Final = 2**31 - 1

# Strict: pydantic would read bytes as text, and True as one minute.
_Name = Annotated[str, Field(pattern=NAME_PATTERN, strict=True)]
_Text = Annotated[str, Field(strict=True)]
_Secret = Annotated[_Text | None, Field(repr=False)]
_Flag = Annotated[bool, Field(strict=True)]
_Moment = Annotated[AwareDatetime, Field(strict=True)]
_Minutes = Annotated[int, Field(strict=True, gt=0, le=_LONGEST_VALIDITY)]


class Message(BaseModel):
    """One message to one recipient. Frozen; its repr shows neither number nor text.

    Fields up to `encryption_cipher` are the API's, in snake_case; the rest are Bulkwire's own.
    Raises InvalidMessage with every fault at once. `to` is read as a phone number when the
    message is enqueued, as only then a default region is known.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )

    to: Annotated[_Text, Field(repr=False)]
    """Recipient's number; once enqueued, international digits without `+`."""
    channel: Channel = Channel.SMS
    content: _Secret = None
    """Text. WhatsApp takes 4,096 characters; the provider names no limit for SMS."""
    id: Annotated[
        _Name,
        Field(
            validation_alias=AliasChoices("id", "client_message_id"),
            serialization_alias="clientMessageId",
        ),
    ] = Field(default_factory=new_id)
    """Idempotency key and the provider's `clientMessageId`; made here unless it is given."""
    from_: Annotated[
        _Text | None,
        Field(validation_alias=AliasChoices("from_", "from"), serialization_alias="from"),
    ] = Field(default=None, repr=False)
    """SMS only: the two-way number to send from."""
    scheduled_delivery_time: Annotated[
        _Moment | None,
        PlainSerializer(api_time, when_used="json-unless-none"),
        Field(serialization_alias="scheduledDeliveryTime"),
    ] = None
    """The provider holds the message until then. Aware; whole seconds."""
    validity_period: _Minutes | None = None
    """Minutes from the later of enqueueing and `send_at`; none given means none of ours."""
    user_data_header: Annotated[_Secret, Field(serialization_alias="userDataHeader")] = None
    """SMS only."""
    binary: _Flag | None = None
    """SMS only: `content` is binary."""
    preview_first_url: Annotated[_Flag | None, Field(serialization_alias="previewFirstUrl")] = None
    """WhatsApp only, with plain text only."""
    encryption_key: Annotated[_Secret, Field(serialization_alias="encryptionKey")] = None
    encryption_key_arn: Annotated[_Secret, Field(serialization_alias="encryptionKeyArn")] = None
    encryption_cipher: Annotated[_Secret, Field(serialization_alias="encryptionCipher")] = None

    account: _Name = "default"
    campaign: _Name | None = None
    """Created on first use."""
    priority: Priority = Priority.NORMAL
    send_at: _Moment | None = None
    """Our queue holds the message until then. Aware; in the past means now."""
    on_doubt: OnDoubt = OnDoubt.HOLD
    ignore_suppression: _Flag = False
    """Send even to who opted out."""

    if not TYPE_CHECKING:  # type checkers keep the signature that the fields make

        def __init__(self, /, **fields: object) -> None:
            given, faults = _one_id(fields)
            try:
                super().__init__(**given)
            except ValidationError as error:
                faults += faults_of(error, type(self).model_fields)
                faults = (*faults, *_rule_faults_beside(faults, given))
            else:
                faults += message_faults(self)
            if faults:
                raise InvalidMessage(faults) from None

    @property
    def client_message_id(self) -> str:
        """The id under the provider's name for it."""
        return self.id


@dataclass(frozen=True, slots=True)
class EnqueueResult:
    """What became of one message that was enqueued."""

    id: str
    created: bool
    """False where the id was there already: nothing was added."""
    state: State
    """Of a new message: queued, scheduled or suppressed. Else the state it has by now."""
    conflict: bool = False
    """The id was there with another message, which stays as it is; this one was not taken in."""


def make_message(
    source: Message | Mapping[str, Any], *, default_region: str | None = None
) -> Message:
    """A message ready to be enqueued: every field checked, `to` normalised.

    `source` is a message or its fields; `default_region` (two letters) is where local numbers
    are. Raises InvalidMessage with every fault at once.
    """
    if isinstance(source, Message):
        number, faults = _number(source.to, default_region)
        if faults:
            raise InvalidMessage(faults)
        return source.model_copy(update={"to": number})
    fields = dict(source)
    number, faults = _number(fields.get("to"), default_region)
    if number is not None:
        fields["to"] = number
    try:
        message = Message(**fields)
    except InvalidMessage as error:
        raise InvalidMessage((*faults, *error.faults)) from None
    if faults:
        raise InvalidMessage(faults)
    return message


def _number(written: object, region: str | None) -> tuple[str | None, tuple[Fault, ...]]:
    if not isinstance(written, str):
        return None, ()  # the model says what is wrong with it
    try:
        return normalise(written, region), ()
    except InvalidNumber as error:
        return None, (error.as_fault("to"),)


def _one_id(fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """The fields with at most one id, given under one name or, the same, under both."""
    names = [name for name in ("id", "client_message_id") if name in fields]
    if not names:
        return fields, ()
    given = {name: value for name, value in fields.items() if name not in names}
    ids = {name: fields[name] for name in names if fields[name] is not None}
    for name, value in ids.items():
        given.setdefault("id" if len(ids) > 1 else name, value)
    if len(ids) > 1 and ids["id"] != ids["client_message_id"]:
        return given, (Fault("client_message_id", "differs from id", "give one of the two"),)
    return given, ()


def _rule_faults_beside(faults: tuple[Fault, ...], given: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What the rules say to the fields that are right, so that all faults come at once."""
    wrong = {fault.path for fault in faults}
    usable = {name: value for name, value in given.items() if name not in wrong}
    partial = Message.model_construct(**usable)
    found = message_faults(partial, channel_known="channel" not in wrong)
    return tuple(fault for fault in found if fault.path not in wrong)
