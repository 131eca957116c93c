"""Rates as `status` gives them: for machines and for eyes."""

from rich.table import Table

from bulkwire.store.rates import ChannelRate
from bulkwire_cli.output import Cell, make_table

__all__ = ["rate_document", "rate_table", "why"]


def why(rate: ChannelRate) -> str:
    """Where the rate comes from."""
    if rate.per_second is None:
        return "unlimited"
    if rate.per_second == rate.configured or rate.refused_at is None:
        return "configured"
    refused = f"learned: refused at {rate.refused_at.astimezone():%H:%M:%S}"
    if rate.ceiling is None:
        return f"{refused}, ceiling not known yet"
    return f"{refused}, ceiling {rate.ceiling:,.0f}"


def rate_document(rate: ChannelRate) -> dict[str, object]:
    """A channel's rate for machines; `per_second` is null where nothing limits it."""
    return {
        "channel": rate.channel,
        "per_second": rate.per_second,
        "why": why(rate),
        "configured": rate.configured,
        "ceiling": rate.ceiling,
        "refused_at": rate.refused_at,
    }


def rate_table(rates: list[tuple[str, ChannelRate]]) -> Table:
    """The channels of accounts, for eyes."""
    rows: list[tuple[Cell, ...]] = [
        (
            account,
            rate.channel,
            "-" if rate.per_second is None else f"{rate.per_second:,.1f}",
            why(rate),
        )
        for account, rate in rates
    ]
    columns = ("account", "channel", "messages/s", "why")
    return make_table(*columns, rows=rows, title="Rates", giving_way=("account", "why"))
