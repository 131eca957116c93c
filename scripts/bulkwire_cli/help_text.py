"""Lays out the help of every command: paragraphs fill the terminal, examples keep their lines."""

import inspect
from collections.abc import Iterator

import typer
from rich.markup import escape
from typer.models import CommandInfo, TyperInfo

__all__ = ["lay_out_help"]

KEPT = "\b"
"""A paragraph that begins with a line of this character keeps its line breaks."""


def lay_out_help(application: typer.Typer) -> None:
    """Gives every command below `application` its docstring as help."""
    for command in _documented(application):
        if command.callback is not None:
            command.help = laid_out(command.callback.__doc__ or "")
    for group in application.registered_groups:
        if group.typer_instance is not None:
            lay_out_help(group.typer_instance)


def _documented(application: typer.Typer) -> Iterator[CommandInfo | TyperInfo]:
    yield from application.registered_commands
    if application.registered_callback is not None:
        yield application.registered_callback


def laid_out(docstring: str) -> str:
    """The text as typer's rich help prints it well: one line a paragraph, nothing read as markup.

    Left alone, it would break paragraphs where the source does.
    """
    return "\n\n".join(map(_paragraph, inspect.cleandoc(docstring).split("\n\n")))


def _paragraph(text: str) -> str:
    if not text.startswith(KEPT):
        return escape(" ".join(line.strip() for line in text.splitlines()))
    # A tag before the spaces keeps typer from taking them for the source's indentation.
    lines = text.removeprefix(KEPT).strip("\n").splitlines()
    return "\n".join(f"[not dim]{escape(line)}[/]" for line in lines)
