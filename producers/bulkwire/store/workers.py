"""How workers are doing: what each says of itself, and whether there is anything to do."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bulkwire.states import Channel
from bulkwire.store.call import Call, Reply, command, transition
from bulkwire.store.keys import Keys, WorkerKey

__all__ = ["WorkerReport", "claimable", "read_report", "read_report_left_ms", "report_worker"]


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What the parent process of a worker says about it, every second; times in milliseconds."""

    pid: int
    still_ms: int
    """How long its claims, renewals and settles have all stood still. Not counted: the time in
    which they could not but stand still (`excuse`)."""
    claim_ms_ago: int | None
    """Since the store last answered a round of claims, be it "nothing to do"; None: never."""
    renewal_ms_ago: int | None
    """Since a lease was last renewed."""
    settle_ms_ago: int | None
    """Since what became of a request was last written down."""
    excuse: str
    """Why standing still is no fault now: `starting`, `broker_away`, `stopping`; else empty."""
    ttl_ms: int
    """How long the store keeps this report."""
    instance: str = ""
    """Tells this process from any other that goes by the same node name."""
    namesake: bool = False
    """Another worker went by the same name lately: their reports take turns in one place."""


def report_worker(worker: WorkerKey, report: WorkerReport) -> Call[None]:
    """Says how the worker is doing."""
    told = json.dumps(asdict(report), separators=(",", ":"))
    return transition("report_worker", worker, told, report.ttl_ms, read=lambda _: None)


def read_report(worker: WorkerKey) -> Call[WorkerReport | None]:
    """What the worker last said; None where that is too long ago, or never was."""

    def read(answer: Reply) -> WorkerReport | None:
        return WorkerReport(**json.loads(answer)) if answer else None

    return command("GET", worker.anchor, read=read)


def read_report_left_ms(worker: WorkerKey) -> Call[int]:
    """How long the store still keeps the worker's report, which tells its age; 0 without one."""
    return command("PTTL", worker.anchor, read=lambda left: max(0, int(left)))


def claimable(keys: Keys, *, most_per_second: Mapping[Channel, float]) -> Call[bool]:
    """Whether a claim would yield a message now: holds, campaigns, rate, validity, opt-outs."""
    limits = ",".join(f"{channel}={most:f}" for channel, most in most_per_second.items())
    return transition("claimable", keys, limits, read=bool)
