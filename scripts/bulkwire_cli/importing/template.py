"""Message texts with merge fields: `Hi {{ first_name }}`.

An empty cell is an undefined merge field: writing it rejects the row, since "Hi ," is what nobody
wants to have sent. A template that says what to do instead decides: `{{ first_name or "there" }}`,
`{{ first_name|default("there") }}`, `{% if first_name %}…{% endif %}`.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
)
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from bulkwire.errors import BulkwireError
from bulkwire_cli.importing.header import column_key
from bulkwire_cli.importing.records import Reject, Row

__all__ = ["InvalidTemplateError", "TextTemplate", "compile_template"]

_HOW: Final = "write a merge field as {{ first_name }}"


class InvalidTemplateError(BulkwireError):
    """The template cannot be used with this file. The text says why, without quoting it."""


class _EmptyCell(Undefined):
    """May be asked about, and raises as soon as it is written."""

    def __str__(self) -> str:
        raise UndefinedError(self._undefined_hint)


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A template compiled for one file's columns."""

    template: Template
    fields: Mapping[str, str]
    """Merge field as the template writes it → column as the header writes it."""

    def render(self, row: Row) -> str | Reject:
        """The row's text, or why there is none."""
        values: dict[str, object] = {}
        for name, column in self.fields.items():
            # The hint becomes the error's whole message: that is how it names the column.
            values[name] = row.cells[column] or _EmptyCell(hint=column)
        try:
            return self.template.render(values)
        except UndefinedError as error:
            if error.message in self.fields.values():
                return Reject(row.line, error.message, "the cell of a merge field is empty")
            return Reject(row.line, None, "the template asks for what a cell does not have")
        # Filters and operators raise what they like; their words could quote a cell.
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            return Reject(row.line, None, f"the template fails on it ({type(error).__name__})")


def compile_template(text: str, columns: Sequence[str]) -> TextTemplate:
    """The template `text` for a file with `columns`.

    A merge field is a column as the header writes it, or in lower case with `_` for what is
    neither letter nor digit. Raises InvalidTemplateError: bad syntax, or no such column.
    """
    # Not for a browser, so nothing is escaped; and nothing but the cells is within reach.
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    environment.globals.clear()
    try:
        tree = environment.parse(text)
        template = environment.from_string(tree)
    except TemplateSyntaxError as error:
        said = (error.message or "bad syntax").rstrip(".")
        raise InvalidTemplateError(f"the text, line {error.lineno}: {said}: {_HOW}") from None
    by_key = {column_key(column): column for column in columns}
    by_key.update({column: column for column in columns})
    fields: dict[str, str] = {}
    unknown: list[str] = []
    for name in sorted(find_undeclared_variables(tree)):
        column = by_key.get(name) or by_key.get(column_key(name))
        if column is None:
            unknown.append(_unknown(name, by_key))
        else:
            fields[name] = column
    if unknown:
        have = ", ".join(columns)
        raise InvalidTemplateError(f"{'; '.join(unknown)}. The file's columns: {have}")
    return TextTemplate(template, fields)


def _unknown(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"the text asks for the column {name}, which the file lacks{guess}"
