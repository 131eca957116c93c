"""`bulkwire bench rate`: is a limit that nobody told us found, used, and kept to?"""

import time
from contextlib import ExitStack
from typing import Annotated, Final

import typer

from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.bench.filling import fill, sms
from bulkwire_cli.bench.limit_use import LEAST_USED, MOST_REFUSED, LimitUse, Sample, judge
from bulkwire_cli.bench.progress import progress_bar
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json, print_table
from bulkwire_cli.simulator.client import SimulatorClient
from bulkwire_cli.simulator.process import start_simulator
from bulkwire_cli.simulator.scenario import Scenario
from bulkwire_cli.testbed.errors import plain_failures
from bulkwire_cli.testbed.signals import stoppable
from bulkwire_cli.testbed.workers import RunningWorker, settings_for, start_worker
from bulkwire_cli.testbed.workspace import own_workspace

__all__ = ["bench_rate"]

REPLY_TIMEOUT_S: Final = 60.0
STARTS_WITHIN_S: Final = 60.0
EVERY_S: Final = 0.5
LATENCY_MS: Final = (20.0, 60.0)
SPARE: Final = 1.2
"""So much more waits than the limit lets through, so that the queue outlasts the measurement."""
UNWATCHED: Final = {"FIRST_CHECK": "3600"}
"""Status checks would only take the processors from what is measured."""


def bench_rate(
    seconds: Annotated[int, typer.Option(min=30, max=3_600, help="How long to send.")] = 90,
    limit: Annotated[
        int, typer.Option(min=100, max=10_000, help="What the provider takes, messages a second.")
    ] = 1_000,
    senders: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that send side by side.")
    ] = 4,
    *,
    as_json: JsonOption = False,
) -> None:
    """Measure how well a limit is used that nobody told the workers.

    Starts a private server, a simulated provider that refuses with code 43 what is more than the
    limit, and one worker with several sending processes, which share what they learn. Says after
    how many seconds the rate had settled, and what share of the limit was used from then on.

    Exit codes: 0 once settled at least 90 % of the limit was used and under 1 % of the messages
    refused; 1 otherwise.

    \b
    Examples:
      bulkwire bench rate
      bulkwire bench rate --seconds 300 --json
      bulkwire bench rate --limit 200 --senders 8
    """
    with plain_failures(), stoppable():
        found = judge(_measure(seconds, limit, senders), limit)
    if as_json:
        print_json(_document(found, seconds, limit, senders))
    elif found is None:
        typer.echo(f"The rate has not settled within {seconds} s.")
    else:
        _show(found, limit, senders)
    raise typer.Exit(0 if found and found.kept else 1)


def _measure(seconds: int, limit: int, senders: int) -> list[Sample]:
    messages = round(limit * seconds * SPARE)
    with ExitStack() as stack:
        workspace = stack.enter_context(own_workspace())
        store = stack.enter_context(Store(workspace.redis_url, reply_timeout_s=REPLY_TIMEOUT_S))
        fill(store, Keys("default"), sms(range(messages), campaigns=1), lambda _: None)
        provider = stack.enter_context(start_simulator("smooth"))
        provider.client.set_scenario(Scenario(limit_per_second=limit, latency_ms=LATENCY_MS))
        settings = settings_for(workspace, provider.url, **UNWATCHED)
        worker = stack.enter_context(start_worker(workspace, settings, "--senders", str(senders)))
        _wait_for_the_first(provider.client, worker)
        return _watch(provider.client, worker, seconds)


def _wait_for_the_first(provider: SimulatorClient, worker: RunningWorker) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while not _sample(provider).accepted:
        worker.check()
        if time.monotonic() > until:
            raise CommandFailed(f"the worker has sent nothing within {STARTS_WITHIN_S:.0f} s")
        time.sleep(EVERY_S / 10)


def _watch(provider: SimulatorClient, worker: RunningWorker, seconds: int) -> list[Sample]:
    samples = [_sample(provider)]
    began = time.monotonic()
    with progress_bar("sending, seconds", seconds) as show:
        while time.monotonic() - began < seconds:
            time.sleep(EVERY_S)
            worker.check()
            samples.append(_sample(provider))
            show(round(time.monotonic() - began), None)
    return samples


def _sample(provider: SimulatorClient) -> Sample:
    messages = provider.summary(statuses=False).messages
    return Sample(time.monotonic(), messages.seen, messages.accepted)


def _document(found: LimitUse | None, seconds: int, limit: int, senders: int) -> dict[str, object]:
    return {
        "seconds": seconds,
        "limit": limit,
        "senders": senders,
        "settled_after_s": round(found.settled_after_s, 1) if found else None,
        "used": round(found.used, 4) if found else None,
        "refused": round(found.refused, 4) if found else None,
        "kept": bool(found and found.kept),
    }


def _show(found: LimitUse, limit: int, senders: int) -> None:
    used, refused = f"at least {LEAST_USED:.0%}", f"under {MOST_REFUSED:.0%}"
    print_table(
        "what",
        "measured",
        "promised",
        rows=[
            ("provider's limit, messages a second", limit, ""),
            ("sending processes", senders, ""),
            ("settled after, seconds", f"{found.settled_after_s:.1f}", ""),
            ("measured from then on, seconds", f"{found.measured_s:.0f}", ""),
            ("share of the limit used", f"{found.used:.1%}", used),
            ("share of messages refused", f"{found.refused:.2%}", refused),
        ],
    )
    typer.echo("The promise is kept." if found.kept else "The promise is BROKEN.")
