"""Asks an operator before something that cannot be undone."""

import typer

from bulkwire_cli.errors import CommandFailed

__all__ = ["ask"]


def ask(question: str) -> None:
    """Returns where the answer is yes. Raises CommandFailed: no, or nobody there to answer."""
    try:
        sure = typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo(err=True)
        problem = "nobody answered, so nothing was changed: --yes goes on without asking"
        raise CommandFailed(problem) from None
    if not sure:
        raise CommandFailed("nothing was changed")
