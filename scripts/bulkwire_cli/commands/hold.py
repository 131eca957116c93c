"""`bulkwire hold`: what keeps an account or a channel from sending."""

from typing import Annotated, TypeAlias

import typer

from bulkwire.store.keys import Keys
from bulkwire.store.listing import read_time_ms
from bulkwire.store.steering import Hold, HoldReason, lift_hold, place_hold, read_holds
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.holds import AccountHold, hold_document, hold_table
from bulkwire_cli.options import AccountOption, AnyAccountOption, ChannelOption, JsonOption
from bulkwire_cli.output import print_json, screen
from bulkwire_cli.session import Session, open_session

__all__ = ["make_hold_commands"]

RedriveOption: TypeAlias = Annotated[
    bool,
    typer.Option("--redrive-on-lift", help="And send again what a used-up balance rejected."),
]


def make_hold_commands() -> typer.Typer:
    """The subcommands of `bulkwire hold`."""
    commands = typer.Typer(
        help="What keeps an account, or one of its channels, from sending.", no_args_is_help=True
    )
    commands.command("list")(list_holds)
    commands.command("place")(place)
    commands.command("lift")(lift)
    return commands


def list_holds(
    account: AnyAccountOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the holds that stand, why, and what lifts each of them.

    \b
    Examples:
      bulkwire hold list
      bulkwire hold list --json | jq '.holds | length'
    """
    with open_session() as session:
        holds = _holds(session, session.keys_of_all(account))
    if as_json:
        print_json({"holds": [hold_document(name, hold) for name, hold in holds]})
    elif holds:
        screen().print(hold_table(holds))
    else:
        typer.echo("No hold stands.")


def place(
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="What others should know.")],
    account: AccountOption = None,
    channel: ChannelOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Stop sending, until the hold is lifted. Messages are still taken in, and wait.

    What is on its way to the provider at this moment is not called back.

    \b
    Examples:
      bulkwire hold place --why "wrong price in the text"
      bulkwire hold place --channel whatsapp --why "template under review"
    """
    if not why.strip():
        raise typer.BadParameter("say why: others will see it", param_hint="--why")
    with open_session() as session:
        keys = session.keys(account)
        call = place_hold(
            keys,
            HoldReason.OPERATOR,
            comes_from=session.store.run(read_time_ms()),
            why=why,
            by=session.who(),
            channel=channel,
        )
        placed = session.store.run(call)
        if placed:
            session.note(keys, "hold place", channel=channel or "all", why=why)
    name = f"operator:{channel}" if channel else "operator"
    if as_json:
        print_json({"account": keys.account, "hold": name, "placed": placed})
    elif placed:
        what = f"{channel} of account {keys.account}" if channel else f"Account {keys.account}"
        typer.echo(f"{what} is on hold. To go on: {_lifting(keys, name)}")
    else:
        typer.echo(f"The hold {name} of account {keys.account} stands already; it stays as it is.")


def lift(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="HOLD", help="As the list names them: balance, operator:sms."),
    ] = None,
    account: AccountOption = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All holds of the account.")] = False,
    redrive_on_lift: RedriveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Lift holds: sending goes on at once. A hold whose cause remains comes back.

    With --redrive-on-lift, or where BULKWIRE_REDRIVE_ON_LIFT was set when it was placed, workers
    send again what died of the hold `balance` since then.

    \b
    Examples:
      bulkwire hold lift operator
      bulkwire hold lift operator:whatsapp --account marketing
      bulkwire hold lift balance --redrive-on-lift
      bulkwire hold lift --all
    """
    if bool(names) == everything:
        raise typer.BadParameter("name the holds to lift, or give --all")
    with open_session() as session:
        keys = session.keys(account)
        standing = {hold.field: hold for hold in session.store.run(read_holds(keys))}
        chosen = _chosen(keys, standing, names)
        if redrive_on_lift:
            _check_redriving(chosen)
        lifted = [one.field for one in chosen if _lift(session, keys, one, redrive=redrive_on_lift)]
        if lifted:
            session.wake_workers()
    if as_json:
        print_json({"account": keys.account, "lifted": lifted})
    else:
        typer.echo(f"Lifted: {', '.join(lifted)}." if lifted else "No hold stands.")
    if len(lifted) < len(chosen):
        raise CommandFailed("another hold of the same name was placed meanwhile: list, and decide")


def _chosen(keys: Keys, standing: dict[str, Hold], names: list[str] | None) -> list[Hold]:
    wanted = list(dict.fromkeys(names)) if names else list(standing)
    missing = [name for name in wanted if name not in standing]
    if missing:
        there_are = f"there are {', '.join(standing)}" if standing else "none stands"
        raise CommandFailed(f"account {keys.account} has no hold {missing[0]}: {there_are}")
    return [standing[name] for name in wanted]


def _check_redriving(chosen: list[Hold]) -> None:
    if not any(hold.reason is HoldReason.BALANCE for hold in chosen):
        remedy = "see `bulkwire dead redrive` for what died of anything else"
        raise CommandFailed(f"--redrive-on-lift goes with the hold balance: {remedy}")


def _lift(session: Session, keys: Keys, hold: Hold, *, redrive: bool) -> bool:
    redriving = hold.redrive or (redrive and hold.reason is HoldReason.BALANCE)
    lifted = session.store.run(lift_hold(keys, hold, redrive=redriving))
    if lifted:
        session.note(
            keys, "hold lift", hold=hold.field, why=hold.why, placed_by=hold.by, redrive=redriving
        )
    return lifted


def _holds(session: Session, accounts: list[Keys]) -> list[AccountHold]:
    found = session.store.run_many([read_holds(keys) for keys in accounts])
    return [
        (keys.account, hold) for keys, holds in zip(accounts, found, strict=True) for hold in holds
    ]


def _lifting(keys: Keys, name: str) -> str:
    return f"bulkwire hold lift {name} --account {keys.account}"
