"""`bulkwire chaos`: what is lost and what is sent twice while everything is killed."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bulkwire.errors import BulkwireError
from bulkwire_cli.chaos import driver
from bulkwire_cli.chaos.kinds import REDIS_KILLS, WORKER_KILLS, Kind
from bulkwire_cli.chaos.plan import Plan
from bulkwire_cli.chaos.report import as_json, show
from bulkwire_cli.chaos.run import JOURNAL, run_chaos
from bulkwire_cli.errors import BadInput, CommandFailed
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import error_console, print_json, screen
from bulkwire_cli.private_server import PrivateServerError
from bulkwire_cli.simulator.client import SimulatorError
from bulkwire_cli.simulator.process import SimulatorNotStartedError
from bulkwire_cli.testbed.signals import stoppable

__all__ = ["chaos"]

LINE_EVERY: Final = 40
KINDS: Final = ", ".join(Kind)

Messages = Annotated[int, typer.Option(min=100, max=1_000_000, help="Recipients of the campaign.")]
WorkerKills = Annotated[
    int, typer.Option(min=0, help="SIGKILLs, half to whole workers, half to pool children.")
]
RedisKills = Annotated[int, typer.Option(min=0, help="SIGKILLs to Redis.")]
Each = Annotated[int, typer.Option(min=0, help="Faults of every other kind.")]
Only = Annotated[
    list[Kind] | None,
    typer.Option("--only", metavar="KIND", help=f"Only these kinds of faults: {KINDS}."),
]
Without = Annotated[
    list[Kind] | None, typer.Option("--without", metavar="KIND", help="None of these kinds.")
]
Seed = Annotated[int, typer.Option(help="The same seed makes the same schedule.")]
Workers = Annotated[int, typer.Option(min=1, max=16, help="Workers at a time.")]
Senders = Annotated[int, typer.Option(min=1, max=16, help="Sending processes of each.")]
Lease = Annotated[float, typer.Option(min=1, max=60, help="Their lease, in seconds.")]
ResendShare = Annotated[
    float, typer.Option(min=0, max=1, help="Share of messages with --on-doubt resend.")
]
Rate = Annotated[
    float | None,
    typer.Option(min=1, help="Messages a second. Default: as the schedule needs them."),
]
AppendFsync = Annotated[
    Literal["everysec", "always"], typer.Option(help="How Redis keeps its append-only file.")
]
Logs = Annotated[
    Path | None,
    typer.Option(help="Keep all logs in this directory; else only those of a run that failed."),
]


def chaos(
    *,
    messages: Messages = 5_000,
    worker_kills: WorkerKills = 10,
    redis_kills: RedisKills = 2,
    each: Each = 1,
    only: Only = None,
    without: Without = None,
    seed: Seed = 1,
    workers: Workers = 2,
    senders: Senders = 2,
    lease: Lease = 2.0,
    resend_share: ResendShare = 0.2,
    rate: Rate = None,
    appendfsync: AppendFsync = "everysec",
    logs: Logs = None,
    json: JsonOption = False,
) -> None:
    """Run a campaign while everything is killed and cut off, and count what is lost and doubled.

    Starts private servers, a simulated provider and real workers, deals faults by a schedule that
    follows from the seed, and compares every record with what the provider took in.

    Exit codes: 0 nothing lost, nobody texted twice without a decision, nothing in doubt but what
    had departed and was unsettled at a fault, audit true, things went on within two leases of
    Redis's return, every process told to end has ended; 1 otherwise; 2 bad options.

    \b
    Examples:
      bulkwire chaos --messages 100000 --worker-kills 100 --redis-kills 5
      bulkwire chaos --only kill-redis --redis-kills 20 --logs chaos-logs
    """
    faults = _wanted(worker_kills, redis_kills, each, only or tuple(Kind), without or ())
    plan = Plan(messages, seed, faults, workers, senders, lease, resend_share, appendfsync, rate)
    raise typer.Exit(_run(plan, logs, json=json))


def _wanted(
    worker_kills: int, redis_kills: int, each: int, only: Sequence[Kind], without: Sequence[Kind]
) -> Mapping[Kind, int]:
    """How many of each kind."""
    counts = dict.fromkeys(Kind, each)
    for kinds, number in ((WORKER_KILLS, worker_kills), (REDIS_KILLS, redis_kills)):
        chosen = [kind for kind in kinds if kind in only and kind not in without]
        for place, kind in enumerate(chosen):
            counts[kind] = number // len(chosen) + (place < number % len(chosen))
    return {kind: number for kind, number in counts.items() if kind in only and kind not in without}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise BadInput(f"{folder} cannot be made, {reason}: name another with --logs") from None


def _run(plan: Plan, logs: Path | None, *, json: bool) -> int:
    """Runs it and prints the report; answers the exit code."""
    if logs is not None:
        _make(logs)
    folder = logs.resolve() if logs else Path(tempfile.mkdtemp(prefix="bulkwire-chaos-"))
    ok = False
    try:
        with stoppable(), _progress(plan) as progress:
            verdict = run_chaos(plan, folder, progress)
        ok = verdict.ok
        if json:
            print_json(as_json(verdict))
        else:
            show(screen(), verdict)
    except (PrivateServerError, SimulatorNotStartedError) as error:
        raise CommandFailed(str(error)) from None
    except (SimulatorError, httpx.TransportError):
        raise CommandFailed("the simulator does not answer any more") from None
    except ExceptionGroup as group:
        raise _first(group) from None
    finally:
        if ok and logs is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            typer.echo(f"bulkwire: each fault is in {folder / JOURNAL}, logs beside it", err=True)
    return 0 if ok else 1


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """The error that ended the run: of ours as it is, else what broke."""
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, BulkwireError) else group


@contextmanager
def _progress(plan: Plan) -> Iterator[driver.Progress]:
    """A bar on standard error; where that is no terminal, a line now and then."""
    console = error_console()
    if not console.is_terminal:
        told = -LINE_EVERY

        def line(accepted: int, faults: int) -> None:
            nonlocal told
            told += 1
            if told % LINE_EVERY == 0:
                typer.echo(f"{accepted:,} of {plan.messages:,} accepted, {faults} faults", err=True)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        messages = bars.add_task("messages accepted", total=plan.messages)
        dealt = bars.add_task("faults dealt", total=len(plan.steps))

        def update(accepted: int, faults: int) -> None:
            bars.update(messages, completed=accepted)
            bars.update(dealt, completed=faults)

        yield update
