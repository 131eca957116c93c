"""The message that applications enqueue, and what enqueueing it answers."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
)

from bulkwire.content.action_url import ActionUrl
from bulkwire.content.base import MODEL_CONFIG, Several, Text, content_faults
from bulkwire.content.button import Button
from bulkwire.content.contact import Contact
from bulkwire.content.judging import counted, judged
from bulkwire.content.list_picker import ListPicker
from bulkwire.content.location import Location
from bulkwire.content.location_request import LocationRequest
from bulkwire.content.media import Media
from bulkwire.content.template import Template
from bulkwire.encoded import read_base64
from bulkwire.errors import Fault, InvalidMessage
from bulkwire.faults import unknown_field
from bulkwire.ids import NAME_PATTERN, new_id
from bulkwire.rules import is_plain_text, message_faults
from bulkwire.states import Channel, OnDoubt, Priority, State
from bulkwire.wire import OURS, api_time, checked_moment, fingerprint, read_api_time, to_wire

__all__ = ["EnqueueResult", "Message", "fingerprint", "to_wire"]

_LONGEST_VALIDITY: Final = 2**31 - 1

# Strict: pydantic would read bytes as text, and True as one minute.
_Name = Annotated[str, Field(pattern=NAME_PATTERN, strict=True)]
_Secret = Annotated[Text | None, Field(repr=False)]
_Flag = Annotated[bool, Field(strict=True)]
_Moment = Annotated[AwareDatetime, Field(strict=True), AfterValidator(checked_moment)]
_Minutes = Annotated[int, Field(strict=True, gt=0, le=_LONGEST_VALIDITY)]


def _not_base64(text: object, _info: ValidationInfo) -> Iterator[Fault]:
    if isinstance(text, str) and text.strip() and read_base64(text) is None:
        yield Fault("", "is not base64", "give the encrypted data key in base64")


class Message(BaseModel):
    """One message to one recipient. Frozen; its repr shows neither number nor text.

    Fields up to `encryption_cipher` are the API's (`OmniMessageRequest`), in snake_case; the rest
    are Bulkwire's own. A message has one kind of content: text, media, or one of the models of
    `bulkwire.content`, which may be given as dicts, too. Raises InvalidMessage with every fault
    at once. `to` is read as a phone number when the message is enqueued, as only then a default
    region is known.
    """

    model_config = MODEL_CONFIG

    to: Annotated[str, Field(strict=True, repr=False)]
    """Recipient's number; once enqueued, international digits without `+`."""
    channel: Channel = Channel.SMS
    content: _Secret = None
    """Text; or, with `media`, the file in base64. WhatsApp takes 4,096 characters of text; the
    provider names no limit for SMS."""
    id: Annotated[_Name, Field(alias="clientMessageId")] = Field(default_factory=new_id)
    """Idempotency key and the provider's `clientMessageId`; made here unless it is given."""
    from_: Annotated[_Secret, Field(alias="from")] = None
    """SMS only: the two-way number to send from. Two-way messages in the USA need it."""
    scheduled_delivery_time: (
        Annotated[
            _Moment,
            BeforeValidator(read_api_time),
            PlainSerializer(api_time, when_used="json"),
        ]
        | None
    ) = None
    """The provider holds the message until then. Aware; whole seconds."""
    validity_period: _Minutes | None = None
    """Minutes from the later of enqueueing and `send_at`; none given means none of ours."""
    user_data_header: _Secret = None
    """SMS only: tells the phone what to make of the content (UDH)."""
    binary: _Flag | None = None
    """SMS only: `content` is binary."""
    preview_first_url: _Flag | None = None
    """WhatsApp only, with plain text only."""
    media: Media | None = None
    """WhatsApp only: a file, inline in `content` or by reference."""
    location: Location | None = None
    """WhatsApp only."""
    contacts: Annotated[Several[Contact], counted(1)] | None = None
    """WhatsApp only."""
    template: Template | None = None
    """WhatsApp only: what may be sent first, or a day after somebody's last message."""
    list_picker: ListPicker | None = None
    """WhatsApp only."""
    button: Button | None = None
    """WhatsApp only: a text with reply buttons."""
    action_url: ActionUrl | None = None
    """WhatsApp only: a text with a button that opens an address."""
    location_request: LocationRequest | None = None
    """WhatsApp only."""
    encryption_key: Annotated[Text, judged(_not_base64)] | None = Field(None, repr=False)
    """What the client encrypted the content with: a data key of AWS KMS, itself encrypted, in
    base64. Media by reference that is encrypted needs it, even without a caption."""
    encryption_key_arn: _Secret = None
    encryption_cipher: _Secret = None

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
            faults = ()
            if not _OTHER_NAMES.keys().isdisjoint(fields) or fields.get("id", "") is None:
                fields, faults = _one_name(fields)
            _fill(self, fields, self.__pydantic_validator__.validate_python, faults)

    @classmethod
    def from_wire(cls, payload: str | bytes) -> Self:
        """Reads one message of a send request: JSON with the names of `OmniMessageRequest`.

        Raises InvalidMessage, whose paths have our names.
        """

        def validate(given: Mapping[str, Any], *, self_instance: Message) -> object:
            text = json.dumps(given)
            return validator.validate_json(
                text, self_instance=self_instance, by_alias=True, by_name=False
            )

        validator = cls.__pydantic_validator__
        try:
            fields = json.loads(payload)
        except ValueError:
            raise InvalidMessage([Fault("", "is not JSON", "write it as JSON")]) from None
        if not isinstance(fields, dict):
            raise InvalidMessage([Fault("", "is not an object", "write it as a JSON object")])
        ours = [name for name in fields if name in _OUR_ALIASES]
        message = cls.__new__(cls)
        _fill(
            message,
            {name: value for name, value in fields.items() if name not in ours},
            validate,
            tuple(unknown_field(name, ()) for name in ours),
        )
        return message

    @property
    def client_message_id(self) -> str:
        """The id under the provider's name for it."""
        return self.id


_ALIASES: Final = {name: str(field.alias) for name, field in Message.model_fields.items()}
_OUR_ALIASES: Final = frozenset(_ALIASES[name] for name in OURS - {"validity_period"})
_OTHER_NAMES: Final[Mapping[str, str]] = {"client_message_id": "id", "from": "from_"}


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


def _one_name(fields: Mapping[str, object]) -> tuple[dict[str, object], tuple[Fault, ...]]:
    """The fields that have two names under one, given under either or, the same, under both."""
    given = {name: value for name, value in fields.items() if name not in _OTHER_NAMES}
    faults: tuple[Fault, ...] = ()
    for other, name in _OTHER_NAMES.items():
        value = fields.get(other)
        if value is not None and given.get(name) not in (None, value):
            faults += (Fault(other, f"differs from {name}", "give one of the two"),)
        elif value is not None:
            given[name] = value
    if given.get("id", "") is None:
        del given["id"]
    return given, faults


def _fill(
    message: Message,
    given: Mapping[str, object],
    validate: Callable[..., object],
    faults: tuple[Fault, ...],
) -> None:
    """Gives a new message its fields, or raises InvalidMessage with `faults` and all others."""
    try:
        validate(given, self_instance=message)
    except ValidationError as error:
        faults += content_faults(error, Message.model_fields)
        faults += _rule_faults_beside(faults, given, validate)
    else:
        if not is_plain_text(message):
            faults += message_faults(message)
    if faults:
        raise InvalidMessage(faults) from None


def _rule_faults_beside(
    faults: tuple[Fault, ...], given: Mapping[str, object], validate: Callable[..., object]
) -> tuple[Fault, ...]:
    """What the rules say to the fields that are right, so that all faults come at once."""
    wrong = {fault.path.partition(".")[0].partition("[")[0] for fault in faults}
    usable = _right(Message, given, wrong)
    media = given.get("media")
    if "media" in wrong and isinstance(media, Mapping):
        # Whether it is inline decides what `content` has to be, and no part of it is required.
        within = {fault.path for fault in faults if fault.path.startswith("media.")}
        usable["media"] = _right(Media, media, {path.removeprefix("media.") for path in within})
        wrong |= within
    partial = Message.__new__(Message)
    try:
        validate({"to": "", **usable}, self_instance=partial)
    except ValidationError:
        return ()  # not even JSON, so there is nothing to look at
    # `to` is missing or wrong at the most: no rule looks at it.
    return message_faults(partial, wrong)


def _right(
    model: type[BaseModel], fields: Mapping[str, Any], wrong: Collection[str]
) -> dict[str, Any]:
    """The fields there are that are not wrong, as they were given."""
    right = {
        name
        for field, info in model.model_fields.items()
        for name in (field, info.alias)
        if field not in wrong
    }
    return {name: value for name, value in fields.items() if name in right}
