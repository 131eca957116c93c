"""Says pydantic's errors in our words, without the values that pydantic would quote."""

import difflib
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bulkwire.errors import Fault
from bulkwire.ids import NAME_RULE

__all__ = ["faults_of", "problem", "unknown_field"]

_OURS: Final = "bulkwire"

_Context = Mapping[str, Any]
_Wording = Callable[[_Context], tuple[str, str | None]]


def _fixed(problem: str, remedy: str | None = None) -> _Wording:
    return lambda _context: (problem, remedy)


_NOT_TEXT: Final = _fixed("is not text", "give it as a string")
_NOT_A_NUMBER: Final = _fixed("is not a whole number", "give it as an int")
_NOT_A_TIME: Final = _fixed("is not a datetime", "give a datetime with a time zone")

_WORDINGS: Final[Mapping[str, _Wording]] = MappingProxyType(
    {
        "missing": _fixed("is missing", "give it"),
        "string_type": _NOT_TEXT,
        "string_sub_type": _NOT_TEXT,
        "string_unicode": _fixed("is not Unicode text", "decode it with its encoding"),
        "string_pattern_mismatch": _fixed("has characters or a length not allowed", NAME_RULE),
        "enum": lambda context: (f"is not one of {context.get('expected')}", None),
        "int_type": _NOT_A_NUMBER,
        "int_parsing": _NOT_A_NUMBER,
        "int_from_float": _NOT_A_NUMBER,
        "greater_than": lambda context: (f"is not greater than {context.get('gt')}", None),
        "greater_than_equal": lambda context: (f"is less than {context.get('ge')}", None),
        "less_than": lambda context: (f"is not less than {context.get('lt')}", None),
        "less_than_equal": lambda context: (f"is greater than {context.get('le')}", None),
        "bool_type": _fixed("is not True or False"),
        "bool_parsing": _fixed("is not true or false"),
        "datetime_type": _NOT_A_TIME,
        "timezone_aware": _fixed("has no time zone", "give a datetime with a time zone"),
    }
)


def faults_of(error: ValidationError, known: Collection[str]) -> tuple[Fault, ...]:
    """The faults of one validation. `known` are the fields there are, to guess at misspelt ones."""
    details = error.errors(include_url=False, include_context=True, include_input=False)
    return tuple(
        _fault(detail, known)
        for detail in details
        # A default made from a faulty field: that field is listed itself.
        if detail["type"] != "default_factory_not_called"
    )


def problem(text: str, remedy: str | None = None) -> PydanticCustomError:
    """What a validator of ours raises; neither text may quote the value."""
    return PydanticCustomError(_OURS, "{problem}", {"problem": text, "remedy": remedy})


def unknown_field(name: str, known: Collection[str]) -> Fault:
    """A field that isn't there, with the one that was probably meant."""
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name[:64])
    close = difflib.get_close_matches(snake, known, n=1)
    return Fault(name[:64], "is not a known field", f"did you mean {close[0]}?" if close else None)


def _fault(detail: ErrorDetails, known: Collection[str]) -> Fault:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return unknown_field(path, known)
    context = detail.get("ctx", {})
    if detail["type"] == _OURS:
        return Fault(path, context["problem"], context["remedy"])
    wording = _WORDINGS.get(detail["type"])
    if wording is None:
        # pydantic's own sentence could quote the value; its name for the error cannot.
        return Fault(path, f"is not valid ({detail['type']})")
    text, remedy = wording(context)
    return Fault(path, text, remedy)
