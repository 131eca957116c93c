"""What a scenario file may say: frozen models, every field with its unit and its default.

The defaults are a provider without faults that delivers at once.
"""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from bulkwire_cli.simulator.answers import parse_answer

__all__ = ["Account", "MessageFaults", "Rule", "Scenario", "Statuses"]

_Key = TypeVar("_Key")


def _known_answer(name: str) -> str:
    parse_answer(name)
    return name


def _in_order(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        msg = "the first number must not be greater than the second"
        raise ValueError(msg)
    return pair


def _at_most_one(rates: dict[_Key, float]) -> dict[_Key, float]:
    total = sum(rates.values())
    if total > 1 + 1e-9:
        msg = f"the rates add up to {total:g}; together they may be 1 at most"
        raise ValueError(msg)
    return rates


Rate = Annotated[float, Field(ge=0, le=1)]
Range = Annotated[tuple[NonNegativeFloat, NonNegativeFloat], AfterValidator(_in_order)]
AnswerName = Annotated[str, AfterValidator(_known_answer)]
StatusName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Code = Annotated[int, Field(ge=1)]
AnswerRates = Annotated[dict[AnswerName, Rate], AfterValidator(_at_most_one)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Section):
    """Money and keys. One balance for all keys."""

    balance: float | None = None
    """None: never used up."""
    currency: str = "USD"
    price: NonNegativeFloat = 0.01
    """Per accepted message."""
    exhausted: Literal["message", "request", "later"] = "message"
    """When the balance does not suffice: code 20 on each message it does not pay for; a bare 402
    for the whole request; or accepted, and the status becomes INSUFFICIENT_ACCOUNT_BALANCE."""
    keys: tuple[str, ...] = ()
    """The keys that are let in; empty: any key that is not in `bad_keys`."""
    bad_keys: tuple[str, ...] = ("bad-key",)


class MessageFaults(_Section):
    """What can be wrong with single results of a request that is answered."""

    codes: Annotated[dict[Code, Rate], AfterValidator(_at_most_one)] = {}
    """Error code → share of messages rejected with it."""
    no_client_id: Rate = 0.0
    """Share of results without `clientMessageId`."""
    missing: Rate = 0.0
    """Share of messages that are taken in and have no result at all."""
    shuffled: Rate = 0.0
    """Share of requests whose results come in another order."""
    all_rejected_status: Literal[207, 400] = 400
    """The HTTP status where every message of a request is rejected."""


class Statuses(_Section):
    """The course of a message's status. All times are milliseconds after it was accepted."""

    weights: Annotated[dict[StatusName, NonNegativeFloat], Field(min_length=1)] = {"DEVICE_ACK": 1}
    """Last status → weight. A pending one (SENT_TO_SUPPLIER) is stuck there for good."""
    unknown_ms: Range = (0, 0)
    """UNKNOWN until then, QUEUED after it."""
    supplier_ms: Range = (0, 50)
    """SENT_TO_SUPPLIER from then on."""
    final_ms: Range = (100, 500)
    """The last status from then on; READ passes through DEVICE_ACK first."""
    read_ms: Range = (100, 500)
    """From DEVICE_ACK to READ."""
    late: Rate = 0.0
    """Share of messages whose last status comes at `late_ms` instead of `final_ms`."""
    late_ms: Range = (5_000, 20_000)
    hidden: Rate = 0.0
    """Share of messages whose status is answered with 404 until `hidden_ms`."""
    hidden_ms: Range = (500, 2_000)
    both_channels: Rate = 0.0
    """Share of status answers that list the other channel too, as UNKNOWN."""
    requests: AnswerRates = {}
    """Rates of answers to status requests."""

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not any(self.weights.values()):
            msg = "weights: at least one must be greater than 0"
            raise ValueError(msg)
        return self


class Rule(_Section):
    """What happens to the messages of certain recipients, before any rate is looked at."""

    to: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    """At most one of the three; none: every recipient."""
    channel: Literal["sms", "whatsapp"] | None = None
    times: PositiveInt | None = None
    """Only the first so many occurrences; None: always."""
    code: Code | None = None
    """Reject the message with this error."""
    status: StatusName | None = None
    """The last status of the message."""
    answer: AnswerName | None = None
    """The answer to the whole request that carries the message."""
    status_answer: AnswerName | None = None
    """The answer to requests for the message's status."""
    missing: Literal[True] | None = None
    """Take the message in and leave its result out."""
    no_client_id: Literal[True] | None = None
    """Leave `clientMessageId` out of its result."""

    @model_validator(mode="after")
    def _one_match_one_effect(self) -> Self:
        if sum(value is not None for value in (self.to, self.prefix, self.suffix)) > 1:
            msg = "give one of to, prefix and suffix"
            raise ValueError(msg)
        effects = (
            self.code,
            self.status,
            self.answer,
            self.status_answer,
            self.missing,
            self.no_client_id,
        )
        if sum(value is not None for value in effects) != 1:
            msg = "give one of code, status, answer, status_answer, missing and no_client_id"
            raise ValueError(msg)
        return self


class Scenario(_Section):
    """How the simulator behaves. Same seed, same order of requests: same behaviour."""

    seed: int = 1
    latency_ms: Range = (0, 0)
    """Of every One API request, after the messages were taken in."""
    slow_ms: Range = (2_000, 5_000)
    """How long `slow` waits before it answers."""
    retry_after_s: PositiveInt = 1
    """What `retry_after_seconds` and `retry_after_date` ask for."""
    limit_per_second: PositiveFloat | None = None
    """Messages per second beyond which whole requests are refused; None: no limit."""
    limit_burst: PositiveFloat | None = None
    """Messages that may come at once; None: what one second allows, 100 at least."""
    limit_answer: AnswerName = "code_43"
    first_requests: tuple[AnswerName, ...] = ()
    """Answers to the first send requests, in order; the rates hold after them."""
    requests: AnswerRates = {}
    """Rates of answers to send requests; the rest is `ok`."""
    other_requests: AnswerRates = {}
    """Rates of answers to balance, notification and media requests."""
    account: Account = Account()
    messages: MessageFaults = MessageFaults()
    statuses: Statuses = Statuses()
    rules: tuple[Rule, ...] = ()
