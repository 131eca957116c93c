"""`bulkwire bench durability`: what does it cost to lose not even a second?"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Annotated, Final

import typer

from bulkwire_cli.bench.progress import progress_bar
from bulkwire_cli.bench.workload import STEPS, Round, run_round
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json, print_table
from bulkwire_cli.private_server import start_private_server
from bulkwire_cli.testbed.errors import plain_failures
from bulkwire_cli.testbed.signals import stoppable

__all__ = ["bench_durability"]

EVERYSEC: Final = "everysec"
ALWAYS: Final = "always"
POLICIES: Final = (EVERYSEC, ALWAYS)

Rounds = Mapping[str, Sequence[Round]]


def bench_durability(
    messages: Annotated[
        int, typer.Option(min=1_000, max=1_000_000, help="Messages of each setting.")
    ] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Parts they come in.")] = 5,
    *,
    as_json: JsonOption = False,
) -> None:
    """Compare both settings of the append-only file: everysec, as shipped, and always.

    Starts a private server of each, and gives them the same work in turns: messages are taken in,
    claimed, departed and settled, without a provider in between. Says how many a second each does,
    by the median of the rounds. It depends on the disk that holds the temporary directory.

    \b
    Examples:
      bulkwire bench durability
      TMPDIR=/mnt/data bulkwire bench durability --messages 100000
    """
    with plain_failures(), stoppable():
        found = _measure(messages // rounds, rounds)
    rows = {
        step: {policy: median(one.steps[n] for one in found[policy]) for policy in POLICIES}
        for n, step in enumerate(STEPS)
    }
    rows["all together"] = {p: median(one.whole for one in found[p]) for p in POLICIES}
    if as_json:
        print_json({"messages": messages, "rounds": rounds, "messages_a_second": rows})
    else:
        _show(rows)


def _measure(messages: int, rounds: int) -> Rounds:
    found: dict[str, list[Round]] = {policy: [] for policy in POLICIES}
    with ExitStack() as stack:
        urls = {
            policy: stack.enter_context(
                start_private_server(appendonly=True, extra_args=("--appendfsync", policy))
            ).url
            for policy in POLICIES
        }
        show = stack.enter_context(progress_bar("rounds", rounds))
        for number in range(rounds):
            # What comes first in one round comes last in the next: neither has the better moments.
            for policy in POLICIES if number % 2 else reversed(POLICIES):
                work = run_round(urls[policy], messages, start=number * messages)
                found[policy].append(asyncio.run(work))
            show(number + 1, None)
    return found


def _show(rows: Mapping[str, Mapping[str, float]]) -> None:
    print_table(
        "messages a second",
        *POLICIES,
        "ratio",
        rows=[
            (
                step,
                *(round(each[policy]) for policy in POLICIES),
                f"{each[ALWAYS] / each[EVERYSEC]:.0%}",
            )
            for step, each in rows.items()
        ],
    )
