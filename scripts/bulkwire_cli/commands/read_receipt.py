"""`bulkwire read-receipt`: tell people that their messages were read."""

from collections.abc import Iterable
from typing import Annotated

import typer

from bulkwire_cli.bulk_actions.summary import counted
from bulkwire_cli.options import AccountOption, JsonOption
from bulkwire_cli.output import print_json
from bulkwire_cli.provider import ask_provider, find_access, in_words
from bulkwire_workers.one_api.client import OneApi
from bulkwire_workers.one_api.receipts import Receipt, report_read

__all__ = ["read_receipt"]

REASONS = {
    "no_result": "the answer says nothing about it: try again",
    "not_asked": "not sent, as the request before it failed",
}


def read_receipt(
    message_ids: Annotated[
        list[str], typer.Argument(metavar="ID…", help="Ids of messages that came in.")
    ],
    account: AccountOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Report WhatsApp messages that came in as read: their senders see blue ticks.

    The ids are those of the callbacks. Reporting a message twice does no harm. Exit code 1 where
    one of them was refused.

    \b
    Examples:
      bulkwire read-receipt 2f1b8f3c 9a00d1e7
      xargs bulkwire read-receipt --json < ids.txt
    """
    if not all(one.strip() for one in message_ids):
        raise typer.BadParameter("an id is empty")
    access = find_access(account)

    async def report(api: OneApi) -> list[Receipt]:
        return [receipt async for receipt in report_read(api, message_ids)]

    receipts = ask_provider(access, report)
    refused = [one for one in receipts if not one.accepted]
    if as_json:
        counts = {"accepted": len(receipts) - len(refused), "refused": len(refused)}
        documents = [_document(one) for one in receipts]
        print_json({"account": access.account, **counts, "receipts": documents})
    else:
        accepted = len(receipts) - len(refused)
        typer.echo(f"{counted(accepted, 'message', 'messages')} reported as read.")
    _tell(refused)
    if refused:
        raise typer.Exit(1)


def _document(one: Receipt) -> dict[str, object]:
    return {
        "message_id": one.message_id,
        "accepted": one.accepted,
        "event_id": one.api_event_id,
        "code": one.code,
        "problem": None if one.accepted else _problem(one),
    }


def _tell(refused: Iterable[Receipt]) -> None:
    for one in refused:
        typer.echo(f"{one.message_id}: {_problem(one)}", err=True)


def _problem(one: Receipt) -> str:
    reason = one.reason or ""
    if reason in REASONS:
        return REASONS[reason]
    said = reason if one.code is None else f"{reason}, code {one.code}"
    if reason == "refused" or reason.startswith("http_"):
        http_status = int(reason.removeprefix("http_")) if reason != "refused" else 0
        not_found = "no such account there: see BULKWIRE_API_URL and BULKWIRE_API_KEY"
        return f"{in_words(http_status, one.code, not_found)} ({said})"
    return f"no answer ({said}): see BULKWIRE_API_URL and the network"
