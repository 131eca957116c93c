"""`bulkwire campaign`: what campaigns there are, pausing them and letting them go on."""

from typing import Annotated

import typer

from bulkwire.states import State
from bulkwire.store.call import Call
from bulkwire.store.campaigns import Steered, pause_campaign, resume_campaign
from bulkwire.store.keys import Keys
from bulkwire.store.overview import CampaignOverview, read_campaign
from bulkwire.store.record import read_campaigns
from bulkwire_cli.campaigns import find_campaign
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.options import AccountOption, JsonOption
from bulkwire_cli.output import Cell, make_table, print_json, print_table, screen
from bulkwire_cli.session import Session, open_session

__all__ = ["make_campaign_commands"]

STEP = 500
WAITING = (State.SCHEDULED, State.QUEUED, State.SENDING)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.")]


def make_campaign_commands() -> typer.Typer:
    """The subcommands of `bulkwire campaign`."""
    commands = typer.Typer(
        help="Campaigns: how far they are, pausing them, going on.", no_args_is_help=True
    )
    commands.command("list")(list_campaigns)
    commands.command("show")(show)
    commands.command("pause")(pause)
    commands.command("resume")(resume)
    return commands


def list_campaigns(account: AccountOption = None, *, as_json: JsonOption = False) -> None:
    """List the campaigns of an account, the latest first.

    \b
    Examples:
      bulkwire campaign list
      bulkwire campaign list --json | jq '.campaigns[] | {campaign, state, why}'
    """
    with open_session() as session:
        keys = session.keys(account)
        names = session.store.run(read_campaigns(keys))
        found: list[CampaignOverview | None] = []
        for begin in range(0, len(names), STEP):
            calls = [read_campaign(keys, name) for name in names[begin : begin + STEP]]
            found += session.store.run_many(calls)
    campaigns = sorted(filter(None, found), key=_age, reverse=True)
    if as_json:
        documents = [_document(one) for one in campaigns]
        print_json({"account": keys.account, "campaigns": documents})
    elif campaigns:
        columns = ("campaign", "state", "created", "waiting", "messages", "paused for", "by")
        print_table(*columns, rows=map(_row, campaigns))
    else:
        typer.echo(f"Account {keys.account} has no campaign.")


def show(name: Name, account: AccountOption = None, *, as_json: JsonOption = False) -> None:
    """Show one campaign: its state, and its messages per state.

    \b
    Examples:
      bulkwire campaign show november
    """
    with open_session() as session:
        campaign = find_campaign(session, session.keys(account), name)
    if as_json:
        print_json(_document(campaign))
        return
    grid = make_table("", "", rows=_fields(campaign))
    grid.show_header = False
    screen().print(grid)
    counts = [(state, campaign.counts[state]) for state in State if campaign.counts.get(state)]
    print_table("state", "messages", rows=[*counts, ("total", campaign.counts.get("total", 0))])


def pause(
    name: Name,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="What others should know.")
    ] = "paused by an operator",
    account: AccountOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Stop sending a campaign. Its messages wait; others are still taken in, and wait, too.

    What is on its way to the provider at this moment is not called back.

    \b
    Examples:
      bulkwire campaign pause november --why "wrong price in the text"
    """
    with open_session() as session:
        keys = session.keys(account)
        call = pause_campaign(keys, find_campaign(session, keys, name), why=why, by=session.who())
        steered = _steer(session, keys, name, "campaign pause", call, why=why)
    _report(keys, name, steered, "paused", as_json=as_json)


def resume(name: Name, account: AccountOption = None, *, as_json: JsonOption = False) -> None:
    """Let a paused campaign go on, where it was.

    \b
    Examples:
      bulkwire campaign resume november
    """
    with open_session() as session:
        keys = session.keys(account)
        call = resume_campaign(keys, find_campaign(session, keys, name))
        steered = _steer(session, keys, name, "campaign resume", call)
        session.wake_workers()
    _report(keys, name, steered, "running", as_json=as_json)


def _steer(
    session: Session, keys: Keys, name: str, action: str, call: Call[Steered], **details: str
) -> Steered:
    steered = session.store.run(call)
    if steered.done:
        session.note(keys, action, campaign=name, **details)
    return steered


def _report(keys: Keys, name: str, steered: Steered, wanted: str, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "account": keys.account,
                "campaign": name,
                "state": steered.state,
                "changed": steered.done,
            }
        )
    elif steered.done:
        typer.echo(f"Campaign {name} is {wanted}.")
    elif steered.state == wanted:
        typer.echo(f"Campaign {name} is {wanted} already.")
    if steered.state != wanted:
        raise CommandFailed(f"campaign {name} is {steered.state}, so it cannot become {wanted}")


def _age(campaign: CampaignOverview) -> float:
    return campaign.created_at.timestamp() if campaign.created_at else 0.0


def _waiting(campaign: CampaignOverview) -> int:
    return sum(campaign.counts.get(state, 0) for state in WAITING)


def _row(one: CampaignOverview) -> tuple[Cell, ...]:
    total = one.counts.get("total", 0)
    return (one.name, one.state, one.created_at, _waiting(one), total, one.why, one.by)


def _fields(one: CampaignOverview) -> list[tuple[Cell, ...]]:
    fields: dict[str, Cell] = {
        "campaign": one.name,
        "state": one.state,
        "created": one.created_at,
        "paused": one.paused_at,
        "why": one.why,
        "by": one.by,
        "to go on": f"bulkwire campaign resume {one.name}" if one.state == "paused" else None,
    }
    return [(name, value) for name, value in fields.items() if value is not None]


def _document(one: CampaignOverview) -> dict[str, object]:
    return {
        "campaign": one.name,
        "state": one.state,
        "created_at": one.created_at,
        "paused_at": one.paused_at,
        "why": one.why,
        "by": one.by,
        "states": {state: one.counts.get(state, 0) for state in State},
        "total": one.counts.get("total", 0),
    }
