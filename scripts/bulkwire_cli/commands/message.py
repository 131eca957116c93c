"""`bulkwire message`: look at one message, or cancel it."""

import typer

from bulkwire.errors import UnknownMessage
from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage, read_message
from bulkwire.store.steering import cancel, read_standing
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.messages import message_document, show_message
from bulkwire_cli.options import AccountOption, JsonOption, MessageId, RevealOption
from bulkwire_cli.output import print_json
from bulkwire_cli.session import Session, open_session

__all__ = ["find_message", "make_message_commands"]


def make_message_commands() -> typer.Typer:
    """The subcommands of `bulkwire message`."""
    commands = typer.Typer(help="Look at one message, or cancel it.", no_args_is_help=True)
    commands.command("show")(show)
    commands.command("cancel")(cancel_one)
    return commands


def show(
    message_id: MessageId,
    account: AccountOption = None,
    *,
    reveal: RevealOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show everything the store knows about a message, and what happened to it when.

    \b
    Examples:
      bulkwire message show order-1042
      bulkwire message show order-1042 --reveal
      bulkwire message show order-1042 --json | jq .state
    """
    with open_session() as session:
        message = find_message(session, session.keys(account), message_id)
    if as_json:
        print_json(message_document(message, reveal=reveal))
    else:
        show_message(message, reveal=reveal)


def cancel_one(
    message_id: MessageId, account: AccountOption = None, *, as_json: JsonOption = False
) -> None:
    """Cancel a message that no worker has taken yet.

    \b
    Examples:
      bulkwire message cancel order-1042
    """
    with open_session() as session:
        keys = session.keys(account)
        seen = session.store.run(read_standing(keys, message_id))
        while seen and seen.waits:
            seen = session.store.run(cancel(keys, message_id, seen))
        if seen is None:
            raise UnknownMessage(message_id, keys.account)
        state = seen.state
        if state is State.CANCELLED:
            session.note(keys, "message cancel", id=message_id)
    if as_json:
        print_json({"id": message_id, "account": keys.account, "state": state})
    elif state is State.CANCELLED:
        typer.echo(f"{message_id} is cancelled.")
    if state is not State.CANCELLED:
        raise CommandFailed(f"{message_id} is {state}: only what still waits can be cancelled")


def find_message(session: Session, keys: Keys, message_id: str) -> StoredMessage:
    """The message. Raises UnknownMessage."""
    message = session.store.run(read_message(keys, message_id))
    if message is None:
        raise UnknownMessage(message_id, keys.account)
    return message
