"""`bulkwire status`: where all messages are."""

import sys
import time
from typing import Annotated, Final

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from bulkwire.states import State
from bulkwire.store.overview import CampaignOverview
from bulkwire_cli.holds import hold_document, hold_table
from bulkwire_cli.options import AnyAccountOption, CampaignOption, JsonOption
from bulkwire_cli.output import Cell, make_table, print_json, screen
from bulkwire_cli.overview import AccountOverview, Counts, Overview, gather
from bulkwire_cli.rates import rate_document, rate_table
from bulkwire_cli.session import open_session

__all__ = ["status"]

EVERY_S: Final = 1.0
CAMPAIGNS_SHOWN: Final = 20
MOVING: Final = (State.SCHEDULED, State.QUEUED, State.SENDING)
DONE: Final = (State.DELIVERED, State.READ, State.EMULATED)
SHARES_WORTH_A_WARNING: Final = 0.8
STYLES: Final = {
    State.DELIVERED: "green",
    State.READ: "green",
    State.DEAD: "red",
    State.IN_DOUBT: "yellow",
    State.UNCONFIRMED: "yellow",
}


def status(
    account: AnyAccountOption = None,
    campaign: CampaignOption = None,
    *,
    as_json: JsonOption = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every second.")] = False,
) -> None:
    """Show how many messages are in each state, what waits, what is on hold, how fast it goes.

    With --json: `states` has the messages per state over everything that was asked for, and
    `total` their sum; `accounts` has for each account its own `states`, `holds`, `rates`,
    `campaigns`, `waiting` and whether there is a `key` for it here.

    \b
    Examples:
      bulkwire status
      bulkwire status --campaign spring --watch
      bulkwire status --json | jq .states.dead
    """
    if watch and (as_json or not sys.stdout.isatty()):
        raise typer.BadParameter("needs a terminal, and no --json", param_hint="--watch")
    with open_session() as session:
        overview = gather(session, account, campaign)
        if as_json:
            print_json(_document(overview))
        elif not watch:
            screen().print(_page(overview))
        else:
            with Live(_page(overview), console=screen(fitted=True), auto_refresh=False) as live:
                while True:
                    time.sleep(EVERY_S)
                    live.update(_page(gather(session, account, campaign)), refresh=True)


def _document(overview: Overview) -> dict[str, object]:
    return {
        "states": overview.states,
        "total": overview.total,
        "accounts": [_account_document(one) for one in overview.accounts],
        "wake_failures": overview.wake_failures,
        "memory_share": overview.memory_share,
        "workers_seen": overview.workers_seen,
    }


def _account_document(one: AccountOverview) -> dict[str, object]:
    return {
        "account": one.account,
        "key": one.key,
        "states": _all_states(one.counts),
        "total": one.counts.get("total", 0),
        "holds": [hold_document(one.account, hold) for hold in one.holds],
        "rates": [rate_document(rate) for rate in one.rates],
        "campaigns": [
            {
                "campaign": found.name,
                "state": found.state,
                "created_at": found.created_at,
                "states": _all_states(found.counts),
                "total": found.counts.get("total", 0),
            }
            for found in one.campaigns
        ],
        "waiting": {
            priority: {"ready": size.ready, "due": size.due}
            for priority, size in one.waiting.items()
        },
        "batches": one.batches,
    }


def _all_states(counts: Counts) -> Counts:
    return {state: counts.get(state, 0) for state in State}


def _page(overview: Overview) -> Group:
    parts: list[RenderableType] = [_states(overview), _accounts(overview.accounts)]
    campaigns = [(one.account, found) for one in overview.accounts for found in one.campaigns]
    if campaigns:
        parts += _campaigns(campaigns)
    holds = [(one.account, hold) for one in overview.accounts for hold in one.holds]
    if holds:
        parts.append(hold_table(holds))
    rates = [(one.account, rate) for one in overview.accounts for rate in one.rates]
    if rates:
        parts.append(rate_table(rates))
    return Group(*parts, *_remarks(overview))


def _states(overview: Overview) -> RenderableType:
    rows = [
        (Text(state.replace("_", " "), style=STYLES.get(State(state), "")), count)
        for state, count in overview.states.items()
        if count
    ]
    return make_table(
        "state", "messages", rows=[*rows, (Text("total", style="bold"), overview.total)]
    )


def _accounts(accounts: list[AccountOverview]) -> RenderableType:
    rows: list[tuple[Cell, ...]] = [
        (
            one.account,
            {"missing": "no worker key known here"}.get(one.key, one.key),
            ", ".join(hold.field for hold in one.holds) or "-",
            *(f"{size.ready:,} + {size.due:,}" for size in one.waiting.values()),
            one.batches,
            one.counts.get("total", 0),
        )
        for one in accounts
    ]
    waiting = ("high: ready + due", "normal", "low")
    columns = ("account", "API key", "on hold", *waiting, "batches out", "messages")
    return make_table(*columns, rows=rows, title="Accounts")


def _campaigns(campaigns: list[tuple[str, CampaignOverview]]) -> list[RenderableType]:
    latest = sorted(campaigns, key=lambda item: _age_key(item[1]), reverse=True)
    rows: list[tuple[Cell, ...]] = [
        (account, one.name, one.state, *_summed(one.counts))
        for account, one in latest[:CAMPAIGNS_SHOWN]
    ]
    columns = ("account", "campaign", "state", "waiting", "accepted", "delivered")
    more = ("dead", "in doubt", "other", "messages")
    table = make_table(*columns, *more, rows=rows, title="Campaigns")
    hidden = len(campaigns) - len(rows)
    remark = f"and {hidden} older ones: --campaign NAME, or --json"
    return [table, Text(remark, style="dim")] if hidden else [table]


def _age_key(campaign: CampaignOverview) -> tuple[bool, float]:
    waits = any(campaign.counts.get(state) for state in MOVING)
    return waits, campaign.created_at.timestamp() if campaign.created_at else 0.0


def _summed(counts: Counts) -> tuple[int, ...]:
    columns = [
        sum(counts.get(state, 0) for state in states)
        for states in (MOVING, (State.ACCEPTED,), DONE, (State.DEAD,), (State.IN_DOUBT,))
    ]
    total = counts.get("total", 0)
    return (*columns, total - sum(columns), total)


def _remarks(overview: Overview) -> list[Text]:
    remarks: list[Text] = []
    if not overview.workers_seen:
        remarks.append(Text("No worker has been seen: start `bulkwire worker`.", style="yellow"))
    if overview.memory_share >= SHARES_WORTH_A_WARNING:
        share = f"Redis has used {overview.memory_share:.0%} of its memory: make room."
        remarks.append(Text(share, style="yellow"))
    elif overview.memory_share:
        remarks.append(Text(f"Redis has used {overview.memory_share:.0%} of its memory."))
    if overview.wake_failures:
        failures = f"{overview.wake_failures:,} wake-ups could not be published so far."
        remarks.append(Text(failures, style="dim"))
    return remarks
