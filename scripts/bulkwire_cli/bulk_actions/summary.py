"""Says what became of many messages: how many, and why others stayed."""

from collections.abc import Callable, Mapping

import typer

from bulkwire.store.keys import Keys
from bulkwire_cli.bulk_actions.carry_out import Tally
from bulkwire_cli.output import print_json

__all__ = ["counted", "tell"]


def tell(
    keys: Keys,
    tally: Tally,
    said: str,
    why: Callable[[str], str],
    *,
    name: str,
    more: Mapping[str, object],
    as_json: bool,
) -> None:
    """Prints `said`, or one JSON document that has the count under `name`.

    `why` explains the word of a refusal. Raises Exit with 1 where one of the ids named was refused.
    """
    refused = tally.refused
    if as_json:
        counts = {name: tally.done, "refused": refused, "answers": tally.answers}
        print_json({"account": keys.account, **more, **counts})
    else:
        typer.echo(said)
        for word, count in refused.items():
            typer.echo(f"{count:,} not ({word}): {why(word)}.")
    for message_id, word in tally.answers.items():
        if word in refused:
            typer.echo(f"{message_id}: {why(word)}", err=True)
    if tally.answers and refused:
        raise typer.Exit(1)


def counted(count: int, one: str, many: str) -> str:
    """`1 message`, `2,000 messages`."""
    return f"{count:,} {one if count == 1 else many}"
