"""`bulkwire balance`: what is left on the provider's accounts."""

from typing import Annotated

import typer
from pydantic import SecretStr

from bulkwire.errors import ConfigurationError
from bulkwire.settings import load_settings
from bulkwire_cli.balances import AccountBalance, ask_balances
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json, print_table
from bulkwire_config.settings import WorkerSettings

__all__ = ["balance"]


def balance(
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="Default: all with a key here.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Ask the provider for the balance of each account that has a key here.

    Exit code 1 where one of them did not answer with a balance.

    \b
    Examples:
      bulkwire balance
      bulkwire balance --account marketing --json | jq '.accounts[0].balance'
    """
    settings = load_settings(WorkerSettings)
    answers = ask_balances(settings.api_url, _keys(settings, account))
    if as_json:
        print_json({"accounts": [_document(one) for one in answers]})
    elif known := [one for one in answers if one.amount is not None]:
        rows = [(one.account, f"{one.amount:,}", one.currency) for one in known]
        print_table("account", "balance", "currency", rows=rows)
    for one in answers:
        if one.problem:
            typer.echo(f"account {one.account}: {one.problem}", err=True)
    if any(one.problem for one in answers):
        raise typer.Exit(1)


def _keys(settings: WorkerSettings, account: str | None) -> dict[str, SecretStr]:
    keys = settings.keys
    if not keys:
        raise ConfigurationError(
            "BULKWIRE_API_KEY is missing: set it in the environment or in .env"
        )
    if account is None:
        return keys
    if account not in keys:
        raise CommandFailed(f"no key for account {account} here: there are {', '.join(keys)}")
    return {account: keys[account]}


def _document(one: AccountBalance) -> dict[str, object]:
    return {
        "account": one.account,
        "balance": None if one.amount is None else float(one.amount),
        "currency": one.currency,
        "problem": one.problem,
    }
