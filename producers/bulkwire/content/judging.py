"""Rules between parts of a message, which are asked also where some of these parts are wrong.

pydantic asks a validator of ours only for what is right in itself. So whoever mends one fault
would be told of the next one; with these, all of them come at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import (
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

from bulkwire.content.base import Content, content_faults
from bulkwire.errors import Fault, InvalidMessage
from bulkwire.faults import check

__all__ = ["counted", "given", "judge", "judged", "together"]

T = TypeVar("T")


def judge(
    value: object, validate: Callable[[object], T], rule: Callable[[object], Iterable[Fault]]
) -> T:
    """What `validate` makes of `value`, where `rule` has nothing against it either.

    `rule` gets what was validated, or where that is wrong, `value` as it was given. Its faults
    have paths from the value on. Raises InvalidMessage with what both say.
    """
    try:
        validated = validate(value)
    except ValidationError as error:
        raise InvalidMessage((*content_faults(error), *rule(value))) from None
    check(rule(validated))
    return validated


def judged(rule: Callable[[object, ValidationInfo], Iterable[Fault]]) -> WrapValidator:
    """For a field: what `rule` says of it, beside what is wrong with it in itself.

    The second argument of `rule` has the fields that stand before it and are right.
    """

    def validate(
        value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        return judge(value, handler, lambda found: rule(found, info))

    return WrapValidator(validate)


def together(rule: Callable[[Sequence[object]], Iterable[Fault]]) -> WrapValidator:
    """For a tuple: what its elements say of each other.

    `rule` asks the elements by `given`; its faults have paths from the tuple on.
    """

    def of_elements(value: object, _info: ValidationInfo) -> Iterable[Fault]:
        return rule(value) if isinstance(value, list | tuple) else ()

    return judged(of_elements)


def counted(least: int, most: int | None = None) -> WrapValidator:
    """How many elements or keys there have to be, those that are wrong among them."""

    def count(value: object, _info: ValidationInfo) -> Iterator[Fault]:
        if not isinstance(value, list | tuple | Mapping):
            return
        if len(value) < least:
            yield Fault("", f"has {len(value)}, at least {least}")
        if most is not None and len(value) > most:
            yield Fault("", f"has {len(value)}, at most {most}", "shorten it")

    return judged(count)


def given(part: object, name: str) -> object:
    """What a model, or what stands in its place, has under `name`; None: nothing."""
    if isinstance(part, Mapping):
        return part.get(name, part.get(to_camel(name)))
    return getattr(part, name, None) if isinstance(part, Content) else None
