"""Help that can be used as it stands: examples come last, and can be copied from any terminal."""

import inspect
import shlex
from collections.abc import Iterator
from typing import Final

import pytest
import typer

from bulkwire_cli.application import make_application, run
from bulkwire_cli.help_text import KEPT

NARROW: Final = 80
MOST_COLUMNS: Final = 77
"""Of an example's line as help prints it, its indent included."""
INDENT: Final = 1
"""Columns that help puts before each line."""


def documented(group: typer.Typer, *words: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The words of each command, and its docstring."""
    for command in group.registered_commands:
        yield (*words, command.name or ""), inspect.getdoc(command.callback) or ""
    for sub in group.registered_groups:
        assert sub.typer_instance
        yield from documented(sub.typer_instance, *words, sub.name or "")


COMMANDS: Final = list(documented(make_application()))
EACH = pytest.mark.parametrize(
    ("words", "docstring"), COMMANDS, ids=[" ".join(words) for words, _ in COMMANDS]
)


def examples(docstring: str) -> list[str]:
    """The lines of the examples, as the docstring indents them."""
    paragraphs = docstring.split("\n\n")
    kept = [paragraph for paragraph in paragraphs if paragraph.startswith(KEPT)]
    assert kept == paragraphs[len(paragraphs) - len(kept) :], "something follows the examples"
    lines = "\n".join(kept).splitlines()
    return [line for line in lines if line.startswith("  ")]


def too_wide(lines: list[str]) -> list[str]:
    """Those that a terminal of 80 columns might break."""
    return [line for line in lines if INDENT + len(line) > MOST_COLUMNS]


@EACH
def test_examples_come_last_and_are_narrow_and_whole(
    words: tuple[str, ...], docstring: str
) -> None:
    lines = examples(docstring)
    assert lines, "there is no example"
    assert too_wide(lines) == []
    # Help fills its lines with spaces, and whoever copies one may get them, too.
    continued = [line for line in lines if line.endswith("\\")]
    assert continued == [], "spaces behind a backslash undo it: shorten the example, or end in |"
    assert all(map(shlex.split, lines)), "each line is whole: no quotation mark is open at its end"


@EACH
def test_a_narrow_terminal_shows_each_line_of_an_example_as_it_is(
    words: tuple[str, ...],
    docstring: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(NARROW))
    assert run([*words, "--help"]) == 0
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    missing = [line for line in examples(docstring) if " " * INDENT + line not in shown]
    assert missing == []


def test_a_line_that_is_too_wide_is_found() -> None:
    wide = "  bulkwire status " + "x" * 60
    docstring = f"Does it.\n\n{KEPT}\nExamples:\n  bulkwire status\n{wide}"
    assert too_wide(examples(docstring)) == [wide]


def test_what_follows_the_examples_is_found() -> None:
    with pytest.raises(AssertionError, match="something follows"):
        examples(f"Does it.\n\n{KEPT}\nExamples:\n  bulkwire status\n\nExit codes: 0.")
