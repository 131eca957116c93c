"""Says pydantic's errors in our words, without the values that pydantic would quote."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bulkwire.errors import Fault, InvalidMessage
from bulkwire.ids import NAME_PATTERN, NAME_RULE

__all__ = ["check", "faults_of", "problem", "unknown_field"]

_OURS: Final = "bulkwire"

_Context = Mapping[str, Any]
_Wording = Callable[[_Context], tuple[str, str | None]]


def _fixed(problem: str, remedy: str | None = None) -> _Wording:
    return lambda _context: (problem, remedy)


def _bound(words: str, name: str) -> _Wording:
    return lambda context: (f"is {words} {context.get(name)}", None)


def _too_long(context: _Context) -> tuple[str, str | None]:
    return f"has {context.get('actual_length')}, at most {context.get('max_length')}", "shorten it"


def _too_short(context: _Context) -> tuple[str, str | None]:
    return f"has {context.get('actual_length')}, at least {context.get('min_length')}", None


def _string_too_long(context: _Context) -> tuple[str, str | None]:
    length, most = context.get("actual_length"), context.get("max_length")
    return f"has {length} characters, at most {most}", "shorten it"


def _mismatch(context: _Context) -> tuple[str, str | None]:
    if context.get("pattern") == NAME_PATTERN:
        return "has characters or a length not allowed", NAME_RULE
    return "is empty", "give it a text"


def _unknown_type(context: _Context) -> tuple[str, str | None]:
    types = re.sub("[<>]", "", str(context.get("expected_tags")))
    return "has a type that is not known", f"give one of {types}"


_NOT_TEXT: Final = _fixed("is not text", "give it as a string")
_NOT_A_NUMBER: Final = _fixed("is not a whole number", "give it as an int")
_NOT_A_TIME: Final = _fixed("is not a datetime", "give a datetime with a time zone")
_NOT_A_DAY: Final = _fixed("is not a date", "give a date")
_NOT_FIELDS: Final = _fixed("is not an object with fields", "give a dict or the model of its name")
_NOT_A_LIST: Final = _fixed("is not a list", "give a list")

_WORDINGS: Final[Mapping[str, _Wording]] = MappingProxyType(
    {
        "missing": _fixed("is missing", "give it"),
        "string_type": _NOT_TEXT,
        "string_sub_type": _NOT_TEXT,
        "string_unicode": _fixed(
            "holds half of a surrogate pair", "decode the text with its encoding"
        ),
        "string_pattern_mismatch": _mismatch,
        "string_too_long": _string_too_long,
        "too_long": _too_long,
        "too_short": _too_short,
        "enum": lambda context: (f"is not one of {context.get('expected')}", None),
        "literal_error": lambda context: (f"is not one of {context.get('expected')}", None),
        "json_invalid": _fixed("is not JSON in Unicode", "write it as JSON"),
        "union_tag_not_found": _fixed("has no type", "say which one it is"),
        "union_tag_invalid": _unknown_type,
        "int_type": _NOT_A_NUMBER,
        "int_parsing": _NOT_A_NUMBER,
        "int_from_float": _NOT_A_NUMBER,
        "greater_than": _bound("not greater than", "gt"),
        "greater_than_equal": _bound("less than", "ge"),
        "less_than": _bound("not less than", "lt"),
        "less_than_equal": _bound("greater than", "le"),
        "bool_type": _fixed("is not True or False"),
        "bool_parsing": _fixed("is not true or false"),
        "datetime_type": _NOT_A_TIME,
        "datetime_parsing": _NOT_A_TIME,
        "datetime_from_date_parsing": _NOT_A_TIME,
        "timezone_aware": _fixed("has no time zone", "give a datetime with a time zone"),
        "date_type": _NOT_A_DAY,
        "date_parsing": _NOT_A_DAY,
        "date_from_datetime_parsing": _NOT_A_DAY,
        "model_type": _NOT_FIELDS,
        "model_attributes_type": _NOT_FIELDS,
        "dict_type": _NOT_FIELDS,
        "list_type": _NOT_A_LIST,
        "sequence_str": _NOT_A_LIST,
        "is_instance_of": _NOT_A_LIST,
        "datetime_object_invalid": _fixed("has a time zone that does not work", "give it in UTC"),
        "invalid_key": _fixed("has a field whose name is not text", "name its fields by strings"),
    }
)


_KEY: Final = "[key]"
"""pydantic's last word on a path where it speaks of a key: what stands before it is the key."""
_OF_KEYS: Final = frozenset({"string_type", "string_sub_type", "string_unicode"})
_OF_LENGTH: Final = frozenset({"string_too_long", "too_long", "too_short"})


def faults_of(
    error: ValidationError, known: Collection[str], nested: Collection[str] = ()
) -> tuple[Fault, ...]:
    """The faults of one validation.

    `known` are the fields there are, and `nested` those within them, to guess at misspelt ones.
    """
    details = error.errors(include_url=False, include_context=True, include_input=True)
    found = [
        fault
        for detail in details
        # A default made from a faulty field: that field is listed itself.
        if detail["type"] != "default_factory_not_called"
        for fault in _faults(detail, known if len(detail["loc"]) == 1 else nested)
    ]
    return tuple(dict.fromkeys(found))  # of several keys the same can be wrong


def check(faults: Iterable[Fault]) -> None:
    """For a validator of ours: raises what it found at once, with paths from its field on."""
    found = tuple(faults)
    if found:
        raise InvalidMessage(found)


def problem(text: str, remedy: str | None = None) -> PydanticCustomError:
    """What a validator of ours raises; neither text may quote the value."""
    return PydanticCustomError(_OURS, "{problem}", {"problem": text, "remedy": remedy})


def unknown_field(name: str, known: Collection[str]) -> Fault:
    """A field that isn't there, with the one that was probably meant."""
    outer, dot, last = name.rpartition(".")
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in last[:64])
    close = difflib.get_close_matches(snake, known, n=1)
    path = f"{outer}{dot}{last[:64]}"
    return Fault(path, "is not a known field", f"did you mean {close[0]}?" if close else None)


def _faults(detail: ErrorDetails, known: Collection[str]) -> tuple[Fault, ...]:
    path = _path(detail["loc"])
    context = detail.get("ctx", {})
    found = context.get("error")
    if isinstance(found, InvalidMessage):  # what `check` raised, or a model within this one
        return tuple(replace(fault, path=_joined(path, fault.path)) for fault in found.faults)
    if detail["type"] == "extra_forbidden":
        return (unknown_field(path, known),)
    if detail["type"] == _OURS:
        return (Fault(path, context["problem"], context["remedy"]),)
    return _worded(detail, path, context)


def _worded(detail: ErrorDetails, path: str, context: _Context) -> tuple[Fault, ...]:
    kind, loc = detail["type"], detail["loc"]
    wording = _WORDINGS.get(kind)
    if wording is None:
        # pydantic's own sentence could quote the value; its name for the error cannot.
        return (Fault(path, f"is not valid ({kind})"),)
    if kind in _OF_LENGTH:
        length = len(detail["input"])
        if context.get("min_length", 0) <= length <= context.get("max_length", length):
            return ()  # pydantic counted without the elements that are wrong, each listed itself
        context = {**context, "actual_length": length}
    said, remedy = wording(context)
    if kind == "invalid_key":
        path = _path(loc[:-1])
    elif kind in _OF_KEYS and loc[-1:] == (_KEY,):
        path, said = _path(loc[:-2]), f"has a key that {said}"
    return (Fault(path, said, remedy),)


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part.startswith("<"):  # which of several models was meant is no part of the path
            path = _joined(path, part)
    return path


def _joined(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner and not inner.startswith("[") else outer + inner
