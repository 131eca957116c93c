"""`bulkwire log`: what operators did."""

from itertools import chain

import typer

from bulkwire.store.operator_log import OperatorAction, read_operator_log
from bulkwire_cli.options import AnyAccountOption, JsonOption, LimitOption
from bulkwire_cli.output import Cell, print_json, print_table
from bulkwire_cli.session import open_session

__all__ = ["log"]


def log(
    account: AnyAccountOption = None,
    limit: LimitOption = 50,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show what operators did, who and when: redriving, holds, decisions. The latest first.

    An account keeps its last 10,000 actions.

    \b
    Examples:
      bulkwire log
      bulkwire log --account marketing --limit 500 --json
    """
    with open_session() as session:
        accounts = session.keys_of_all(account)
        logs = session.store.run_many([read_operator_log(keys, count=limit) for keys in accounts])
    # Sorting keeps the order within a millisecond: each log has the latest first.
    latest_first = sorted(chain.from_iterable(logs), key=lambda one: one.at, reverse=True)
    actions = latest_first[:limit]
    if as_json:
        print_json({"actions": [_document(one) for one in actions]})
    elif actions:
        print_table("time", "account", "who", "action", "details", rows=map(_row, actions))
    else:
        typer.echo("Nothing stands in the log yet.")


def _document(one: OperatorAction) -> dict[str, object]:
    return {
        "at": one.at,
        "account": one.account,
        "who": one.who,
        "action": one.action,
        "details": dict(one.details),
    }


def _row(one: OperatorAction) -> tuple[Cell, ...]:
    details = ", ".join(f"{name}: {value}" for name, value in one.details.items())
    return (one.at, one.account, one.who, one.action, details)
