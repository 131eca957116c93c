"""The page of `bulkwire status`: what stops sending first, so that no small screen cuts it off."""

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from bulkwire.states import State
from bulkwire.store.overview import CampaignOverview
from bulkwire_cli.holds import hold_table
from bulkwire_cli.output import Cell, make_table
from bulkwire_cli.overview import AccountOverview, Counts, Overview
from bulkwire_cli.rates import rate_table

__all__ = ["status_page"]

ROOM_FOR_ALL: Final = 150
"""Columns of a screen on which all of a table's have room; a narrower one gets fewer of them."""
CAMPAIGNS_SHOWN: Final = 20
MOVING: Final = (State.SCHEDULED, State.QUEUED, State.SENDING)
SUMMED: Final = {
    "waiting": MOVING,
    "accepted": (State.ACCEPTED,),
    "delivered": (State.DELIVERED, State.READ, State.EMULATED),
    "dead": (State.DEAD,),
    "in doubt": (State.IN_DOUBT,),
}
SHARES_WORTH_A_WARNING: Final = 0.8
STYLES: Final = {
    State.DELIVERED: "green",
    State.READ: "green",
    State.DEAD: "red",
    State.IN_DOUBT: "yellow",
    State.UNCONFIRMED: "yellow",
}


def status_page(overview: Overview, width: int) -> Group:
    """All of it, for a screen of `width` columns."""
    narrow = width < ROOM_FOR_ALL
    parts: list[RenderableType] = [*_warnings(overview)]
    holds = [(one.account, hold) for one in overview.accounts for hold in one.holds]
    if holds:
        parts.append(hold_table(holds, narrow=narrow))
    accounts = overview.accounts
    parts += [_states(overview), _narrow_accounts(accounts) if narrow else _accounts(accounts)]
    campaigns = [(one.account, found) for one in overview.accounts for found in one.campaigns]
    if campaigns:
        parts += _campaigns(campaigns, narrow=narrow)
    rates = [(one.account, rate) for one in overview.accounts for rate in one.rates]
    if rates:
        parts.append(rate_table(rates))
    return Group(*parts, *_remarks(overview))


def _warnings(overview: Overview) -> list[Text]:
    warnings: list[Text] = []
    if not overview.workers_seen:
        warnings.append(Text("No worker has been seen: start `bulkwire worker`.", style="yellow"))
    if overview.memory_share >= SHARES_WORTH_A_WARNING:
        share = f"Redis has used {overview.memory_share:.0%} of its memory: make room."
        warnings.append(Text(share, style="yellow"))
    return warnings


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
    giving_way = ("account", "API key", "on hold")
    return make_table(*columns, rows=rows, title="Accounts", giving_way=giving_way)


def _narrow_accounts(accounts: list[AccountOverview]) -> RenderableType:
    rows: list[tuple[Cell, ...]] = [
        (
            one.account,
            one.key,
            sum(size.ready for size in one.waiting.values()),
            sum(size.due for size in one.waiting.values()),
            one.counts.get("total", 0),
        )
        for one in accounts
    ]
    columns = ("account", "API key", "ready", "due later", "messages")
    return make_table(*columns, rows=rows, title="Accounts", giving_way=("account",), tight=True)


def _campaigns(
    campaigns: list[tuple[str, CampaignOverview]], *, narrow: bool
) -> list[RenderableType]:
    latest = sorted(campaigns, key=lambda item: _age_key(item[1]), reverse=True)
    shown = latest[:CAMPAIGNS_SHOWN]
    rows: list[dict[str, Cell]] = [
        {"account": account, "campaign": one.name, "state": one.state, **_summed(one.counts)}
        for account, one in shown
    ]
    left_out: set[str] = {"accepted", "other"} if narrow else set()
    if narrow and len({account for account, _ in shown}) == 1:
        left_out.add("account")
    columns = [name for name in rows[0] if name not in left_out]
    table = make_table(
        *columns,
        rows=([row[name] for name in columns] for row in rows),
        title="Campaigns",
        giving_way=("account", "campaign"),
        tight=narrow,
    )
    hidden = len(campaigns) - len(shown)
    remark = f"and {hidden} older ones: --campaign NAME, or --json"
    return [table, Text(remark, style="dim")] if hidden else [table]


def _age_key(campaign: CampaignOverview) -> tuple[bool, float]:
    waits = any(campaign.counts.get(state) for state in MOVING)
    return waits, campaign.created_at.timestamp() if campaign.created_at else 0.0


def _summed(counts: Counts) -> dict[str, int]:
    named = {name: sum(counts.get(state, 0) for state in states) for name, states in SUMMED.items()}
    total = counts.get("total", 0)
    return {**named, "other": total - sum(named.values()), "total": total}


def _remarks(overview: Overview) -> list[Text]:
    remarks: list[Text] = []
    if 0 < overview.memory_share < SHARES_WORTH_A_WARNING:
        remarks.append(Text(f"Redis has used {overview.memory_share:.0%} of its memory."))
    if overview.wake_failures:
        failures = f"{overview.wake_failures:,} wake-ups could not be published so far."
        remarks.append(Text(failures, style="dim"))
    return remarks
