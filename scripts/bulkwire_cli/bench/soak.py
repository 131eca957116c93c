"""`bulkwire bench soak`: does memory stay flat where messages come and go?"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Final

import redis
import typer

from bulkwire.client import Bulkwire
from bulkwire.states import State
from bulkwire.store.keys import Keys
from bulkwire.store.record import read_counts
from bulkwire.store.runner import Store
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from bulkwire_cli.bench.flatness import Trend, trend
from bulkwire_cli.bench.load_generator import Load, constant_load
from bulkwire_cli.bench.sampling import Sample, take_sample
from bulkwire_cli.demo.watching import watch_until_settled
from bulkwire_cli.errors import CommandFailed
from bulkwire_cli.output import error_console, print_table, screen
from bulkwire_cli.simulator.process import start_simulator
from bulkwire_cli.testbed.errors import plain_failures
from bulkwire_cli.testbed.signals import stoppable
from bulkwire_cli.testbed.workers import RunningWorker, settings_for, start_worker
from bulkwire_cli.testbed.workspace import own_workspace

__all__ = ["bench_soak"]

RETENTION_S: Final = 60.0
STATUS_WINDOW_S: Final = 20.0
WARM_UP_S: Final = RETENTION_S + 60.0
"""Until as much is archived as comes in, and the worker's processes have met everything once."""
EVERY_S: Final = 2.0
MOST_SERVER_GROWTH: Final = 0.02
"""What a straight line through the server's memory may rise in ten minutes, as a share of it."""
MOST_KEPT_GROWTH: Final = 0.2
"""The same for the number of records: archiving goes in waves, so this says little in minutes."""
MOST_RSS_GROWTH: Final = 5_000_000
"""The same for the memory of each process of the worker, in bytes."""
MB: Final = 1e6
REPLY_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen."""

    samples: Sequence[Sample]
    enqueued: int
    archived: int
    audit: AccountAudit

    @property
    def server(self) -> Trend | None:
        """What its memory does beyond following the number of records, which goes up and down."""
        judged = [one for one in self.samples if _counts(one)]
        series = [(one.at_s, one.server_bytes) for one in judged]
        return trend(series, given=[one.kept for one in judged])

    @property
    def kept(self) -> Trend | None:
        return trend([(one.at_s, one.kept) for one in self.samples if _counts(one)])

    @property
    def workers(self) -> dict[int, Trend]:
        """By process, of those that were there all the time."""
        judged = [one for one in self.samples if _counts(one)]
        stayed = set.intersection(*(set(one.rss_bytes) for one in judged)) if judged else set()
        lines = {pid: trend([(s.at_s, s.rss_bytes[pid]) for s in judged]) for pid in stayed}
        return {pid: line for pid, line in sorted(lines.items()) if line}

    @property
    def complaints(self) -> list[str]:
        """Why it failed; none where all is flat."""
        server, kept, wrong = self.server, self.kept, []
        if server is None or kept is None or not self.workers:
            wrong.append("too few measurements after the warm-up: give more --minutes")
        elif kept.share_in_ten_minutes > MOST_KEPT_GROWTH:
            # What piles up has other sizes than what is done: nothing can be said of the server.
            wrong.append("records pile up: this machine is too busy, give a lower --rate")
        elif server.share_in_ten_minutes > MOST_SERVER_GROWTH:
            wrong.append("the server's memory grows")
        grown = [pid for pid, line in self.workers.items() if line.in_ten_minutes > MOST_RSS_GROWTH]
        wrong += [f"the memory of process {pid} grows" for pid in grown]
        if not self.archived:
            wrong.append("nothing was archived")
        if not self.audit.ok:
            wrong.append("the audit is broken")
        return wrong


def _counts(sample: Sample) -> bool:
    return sample.at_s >= WARM_UP_S


def bench_soak(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long messages come in.")] = 10.0,
    rate: Annotated[float, typer.Option(min=1, help="Messages a second.")] = 200.0,
) -> None:
    """Send at a constant rate with a retention of one minute, and see whether memory stays flat.

    Starts a private server, a simulated provider and a worker. The first two minutes are warm-up;
    through what is measured after it goes a straight line. In ten minutes it may rise by 2 % (the
    server, beyond what follows the number of records, as archiving goes in waves) and by 5 MB (each
    process of the worker). Then everything is settled and audited.

    Exit codes: 0 flat, archived, and the audit is true; 1 otherwise.

    \b
    Examples:
      bulkwire bench soak --minutes 12
      bulkwire bench soak --minutes 60 --rate 100
    """
    with plain_failures(), stoppable():
        soaked = _run(minutes * 60, rate)
    _show(soaked)
    for line in soaked.complaints:
        error_console().print(line, style="red")
    raise typer.Exit(1 if soaked.complaints else 0)


def _run(seconds: float, rate: float) -> Soaked:
    with ExitStack() as stack:
        workspace = stack.enter_context(own_workspace())
        simulator = stack.enter_context(start_simulator("smooth"))
        days = f"{RETENTION_S / 86_400:.9f}"
        settings = settings_for(
            workspace,
            simulator.url,
            RETENTION_DAYS=days,
            DEAD_RETENTION_DAYS=days,
            STATUS_WINDOW_HOURS=f"{STATUS_WINDOW_S / 3600:.6f}",
        )
        worker = stack.enter_context(start_worker(workspace, settings))
        store = stack.enter_context(Store(workspace.redis_url, reply_timeout_s=REPLY_TIMEOUT_S))
        client = stack.enter_context(redis.Redis.from_url(workspace.redis_url))
        bulkwire = stack.enter_context(Bulkwire(redis_url=workspace.redis_url))
        keys = Keys("default")
        with constant_load(bulkwire, rate) as load:
            samples = _soak(client, worker, load, seconds, lambda: store.run(read_counts(keys)))
        watch_until_settled(screen(), store, keys, since=time.monotonic(), check=worker.check)
        audit = audit_account(store, keys)
        archived = audit.kept.account.get(State.ARCHIVED, 0)
        return Soaked(samples, load.enqueued, archived, audit)


def _soak(
    client: redis.Redis,
    worker: RunningWorker,
    load: Load,
    seconds: float,
    counts: Callable[[], dict[str, int]],
) -> list[Sample]:
    began, samples = time.monotonic(), list[Sample]()
    minute = 0
    while (now := time.monotonic() - began) < seconds:
        worker.check()
        if load.trouble:
            raise CommandFailed(f"enqueueing failed: {load.trouble}")
        seen = counts()
        kept = seen.get("total", 0) - seen.get(State.ARCHIVED, 0)
        samples.append(take_sample(client, worker.process.pid, at_s=now, kept=kept))
        if now // 60 > minute:
            minute = int(now // 60)
            _show_minute(minute, samples[-1], seen)
        load.stopped.wait(EVERY_S)
    return samples


def _show_minute(minute: int, sample: Sample, counts: dict[str, int]) -> None:
    rss = " ".join(f"{size / MB:.1f}" for _, size in sorted(sample.rss_bytes.items()))
    archived = counts.get(State.ARCHIVED, 0)
    screen().print(
        f"minute {minute:3d}  taken in {counts.get('total', 0):9,}  archived {archived:9,}"
        f"  kept {sample.kept:7,}"
        f"  server {sample.server_bytes / MB:.2f} MB  worker {rss} MB",
        soft_wrap=True,
    )


def _show(soaked: Soaked) -> None:
    server, kept = soaked.server, soaked.kept
    rows: list[tuple[str, str, str, str]] = []
    if server and kept:
        grown = f"{kept.share_in_ten_minutes:+.2%}"
        rows.append(("records kept", f"{kept.mean:,.0f}", grown, f"{MOST_KEPT_GROWTH:.0%}"))
        grown, mean = f"{server.share_in_ten_minutes:+.2%}", f"{server.mean / MB:.2f} MB"
        rows.append(("server, beyond its records", mean, grown, f"{MOST_SERVER_GROWTH:.0%}"))
    for pid, line in soaked.workers.items():
        grown, most = f"{line.in_ten_minutes / MB:+.2f} MB", f"{MOST_RSS_GROWTH / MB:.0f} MB"
        rows.append((f"worker process {pid}", f"{line.mean / MB:.1f} MB", grown, most))
    print_table("what", "mean", "in 10 min", "at most", rows=rows, title="After the warm-up")
    screen().print(
        f"{soaked.enqueued:,} messages, {soaked.archived:,} archived; the audit is "
        f"{'true' if soaked.audit.ok else 'BROKEN'}."
    )
