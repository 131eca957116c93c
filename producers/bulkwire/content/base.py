"""What all parts of a message's content share: their names, their errors and their reprs."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bulkwire.errors import Fault, InvalidMessage
from bulkwire.faults import faults_of

__all__ = ["MODEL_CONFIG", "AnyText", "Content", "Several", "Text", "content_faults"]

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

Text = Annotated[str, Field(strict=True, pattern=r"\S")]
"""Text with something to see in it. Strict: pydantic would read bytes as text."""
AnyText = Annotated[str, Field(strict=True, pattern="")]
"""Text that may be empty. Only with a pattern does pydantic ask whether it is Unicode."""
Several = Annotated[Sequence[T], AfterValidator(tuple)]
"""Any sequence goes in, a tuple is kept."""


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


def content_faults(error: ValidationError, known: Collection[str] = ()) -> tuple[Fault, ...]:
    """The faults of a part of a message. `known` are its own fields, where it is a whole model."""
    nested = {name for model in Content.__subclasses__() for name in model.model_fields}
    return faults_of(error, known or nested, nested)
