"""What all parts of a message's content share: names, errors, reprs, and the kinds of text."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

from bulkwire.errors import Fault, InvalidMessage
from bulkwire.faults import check, faults_of, problem

__all__ = [
    "MODEL_CONFIG",
    "Content",
    "NoEmoji",
    "NoMarkdown",
    "Several",
    "Text",
    "content_faults",
    "together",
]

T = TypeVar("T")

MODEL_CONFIG: Final = ConfigDict(
    frozen=True,
    extra="forbid",
    alias_generator=to_camel,
    validate_by_name=True,
    validate_by_alias=False,
    loc_by_alias=False,
    hide_input_in_errors=True,
)
"""Fields are named in snake_case, and only written in the provider's camelCase."""

# Beyond ASCII all counts as letters: what `\w` and `\s` hold there differs between engines.
_WORD: Final = "[0-9A-Za-z_\u0080-\U0010ffff]"
_MARKDOWN: Final = re.compile(
    rf"(?<!{_WORD})([*_~])(?=[^ \t\r\n*_~])[\s\S]*?[^ \t\r\n]\1(?!{_WORD})|`[^`]+`"
)
_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b50\u2b55\ufe0f\u20e3\U0001f000-\U0001faff]")


def _without_markdown(text: str) -> str:
    if _MARKDOWN.search(text):
        raise problem("is formatted with markdown", "take out the * _ ~ ` around words")
    return text


def _without_emoji(text: str) -> str:
    if _EMOJI.search(text):
        raise problem("holds an emoji", "take it out")
    return text


Text = Annotated[str, Field(strict=True, pattern=r"\S")]
"""Text with something to see in it. Strict: pydantic would read bytes as text."""
Several = Annotated[Sequence[T], AfterValidator(tuple)]
"""Any sequence goes in, a tuple is kept."""
NoMarkdown: Final = AfterValidator(_without_markdown)
"""WhatsApp shows this text as it is, so `*bold*` is refused."""
NoEmoji: Final = AfterValidator(_without_emoji)


class Content(BaseModel):
    """A part of a message's content. Frozen; its repr says which fields it has, not what they hold.

    Raises InvalidMessage with every fault at once, each with its path from here.
    """

    model_config = MODEL_CONFIG

    def __repr__(self) -> str:
        given = (name for name in type(self).model_fields if name in self.model_fields_set)
        return f"{type(self).__name__}({', '.join(f'{name}=…' for name in given)})"

    __str__ = __repr__

    if not TYPE_CHECKING:  # type checkers keep the signature that the fields make

        def __init__(self, /, **fields: object) -> None:
            try:
                self.__pydantic_validator__.validate_python(fields, self_instance=self)
            except ValidationError as error:
                raise InvalidMessage(content_faults(error, type(self).model_fields)) from None

        # Says that pydantic need not come by here where the model stands within another one: the
        # outer one reports the faults of both.
        __init__.__pydantic_base_init__ = True


def content_faults(error: ValidationError, known: Collection[str]) -> tuple[Fault, ...]:
    """The faults of a model that holds content. `known` are its own fields."""
    nested = {name for model in Content.__subclasses__() for name in model.model_fields}
    return faults_of(error, known, nested)


def together(rule: Callable[[Sequence[T | None]], Iterable[Fault]]) -> WrapValidator:
    """Checks what elements of a tuple say of each other, also where some of them are wrong.

    `rule` gets the elements, None for those that are wrong, and answers faults with paths from
    the tuple on.
    """

    def validate(elements: object, handler: ValidatorFunctionWrapHandler) -> tuple[T, ...]:
        try:
            checked: tuple[T, ...] = handler(elements)
        except ValidationError as error:
            found = content_faults(error, ())
            if isinstance(elements, list | tuple):
                right = [one for element in elements for one in _alone(element, handler)]
                found = (*found, *rule(right))
            raise InvalidMessage(found) from None
        check(rule(checked))
        return checked

    return WrapValidator(validate)


def _alone(element: T, handler: ValidatorFunctionWrapHandler) -> Iterator[T | None]:
    try:
        yield from handler([element])
    except ValidationError:
        yield None
