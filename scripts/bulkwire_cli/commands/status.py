"""`bulkwire status`: where all messages are."""

import sys
import time
from typing import Annotated, Final

import typer
from rich.live import Live

from bulkwire.states import State
from bulkwire_cli.holds import hold_document
from bulkwire_cli.options import AnyAccountOption, CampaignOption, JsonOption
from bulkwire_cli.output import print_json, screen
from bulkwire_cli.overview import AccountOverview, Counts, Overview, gather
from bulkwire_cli.rates import rate_document
from bulkwire_cli.session import open_session
from bulkwire_cli.status_page import status_page

__all__ = ["status"]

EVERY_S: Final = 1.0


def status(
    account: AnyAccountOption = None,
    campaign: CampaignOption = None,
    *,
    as_json: JsonOption = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every second.")] = False,
) -> None:
    """Show how many messages are in each state, what waits, what is on hold, how fast it goes.

    What stops sending comes first. A narrow terminal gets fewer columns: --json has everything.

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
            return
        console = screen(fitted=True)
        if not watch:
            console.print(status_page(overview, console.width))
            return
        with Live(
            status_page(overview, console.width), console=console, auto_refresh=False
        ) as live:
            while True:
                time.sleep(EVERY_S)
                overview = gather(session, account, campaign)
                live.update(status_page(overview, console.width), refresh=True)


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
