"""Watches the campaign until every message is settled: bars on a terminal, else lines."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table

from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_counts
from bulkwire.store.runner import Store
from bulkwire.store.steering import read_holds
from bulkwire_cli.errors import CommandFailed

__all__ = ["watch_until_settled"]

MOVING: Final = (State.SCHEDULED, State.QUEUED, State.SENDING, State.ACCEPTED)
EVERY_S: Final = 0.25
LINE_EVERY_S: Final = 3.0
STALLED_AFTER_S: Final = 120.0
BAR_WIDTH: Final = 40

Counts = Mapping[str, int]
Show = Callable[[float, Counts], None]


def watch_until_settled(
    console: Console, store: Store, keys: Keys, *, since: float, check: Callable[[], None]
) -> float:
    """Shows the counts until nothing moves any more; answers the seconds it took since `since`.

    `check` is called now and then and may raise. Raises CommandFailed where nothing has happened
    for two minutes.
    """
    seen: Counts = {}
    changed_at = time.monotonic()
    with _shown(console) as show:
        while True:
            counts = store.run(read_counts(keys))
            now = time.monotonic()
            show(now - since, counts)
            if not any(counts.get(state) for state in MOVING):
                return now - since
            if counts != seen:
                seen, changed_at = counts, now
            if now - changed_at > STALLED_AFTER_S:
                raise CommandFailed(_stalled(store, keys))
            check()
            time.sleep(EVERY_S)


def _stalled(store: Store, keys: Keys) -> str:
    holds = [f"{hold.field} ({hold.why})" for hold in store.run(read_holds(keys))]
    why = f"held: {', '.join(holds)}" if holds else "and nothing holds it"
    return f"nothing has moved for {STALLED_AFTER_S:.0f} s, {why}"


@contextmanager
def _shown(console: Console) -> Iterator[Show]:
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4) as live:
            yield lambda seconds, counts: live.update(_bars(seconds, counts))
        return
    shown_at = -LINE_EVERY_S

    def line(seconds: float, counts: Counts) -> None:
        nonlocal shown_at
        if seconds - shown_at >= LINE_EVERY_S or not any(counts.get(state) for state in MOVING):
            shown_at = seconds
            said = "  ".join(f"{state} {counts[state]:,}" for state in State if counts.get(state))
            console.print(f"{seconds:6.1f} s  {said}", soft_wrap=True)

    yield line


def _bars(seconds: float, counts: Counts) -> Table:
    total = max(1, counts.get("total", 0))
    table = Table.grid("", Column(justify="right"), "", padding=(0, 1))
    table.title, table.title_justify = f"{seconds:.0f} s", "left"
    for state in State:
        number = counts.get(state, 0)
        bar = ProgressBar(total=total, completed=number, width=BAR_WIDTH)
        if number or state not in {State.ARCHIVED, State.CANCELLED, State.SUPPRESSED}:
            table.add_row(state.value, f"{number:,}", bar)
    return table
