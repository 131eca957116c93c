"""Whether a worker makes progress, judged from what it last said of itself. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bulkwire.store.workers import WorkerReport

__all__ = ["Health", "judge_health"]

NAMESAKE: Final = (
    "; but another worker goes by this name, too, and one of them may stand still unseen: "
    "give each a --hostname of its own"
)


@dataclass(frozen=True, slots=True)
class Health:
    """What can be told of a worker; times in milliseconds."""

    healthy: bool
    why: str
    still_ms: int | None = None
    """How long it has stood still without excuse; None where it says nothing of itself."""
    something_to_do: bool | None = None
    """Whether a claim would yield a message now; None where nobody had to ask."""


def judge_health(
    report: WorkerReport | None,
    left_ms: int,
    limit_s: float,
    anything_to_do: Callable[[], bool],
) -> Health:
    """Unhealthy: it has got nowhere for `limit_s`, and there is something to do.

    `left_ms`: how long the store still keeps the report. From when it was written nobody knows of
    any progress, nor of an excuse.
    """
    health = _judge_alone(report, left_ms, limit_s, anything_to_do)
    if report and report.namesake:
        return replace(health, why=health.why + NAMESAKE)
    return health


def _judge_alone(
    report: WorkerReport | None,
    left_ms: int,
    limit_s: float,
    anything_to_do: Callable[[], bool],
) -> Health:
    if report is None:
        if anything_to_do():
            why = "says nothing of itself, although there is something to do: is that its name?"
            return Health(healthy=False, why=why, something_to_do=True)
        why = "says nothing of itself, but there is nothing to do"
        return Health(healthy=True, why=why, something_to_do=False)
    still_ms = report.still_ms + max(0, report.ttl_ms - left_ms)
    still = f"{still_ms / 1000:.0f} s"
    if still_ms < limit_s * 1000:
        excuse = f" ({report.excuse})" if report.excuse else ""
        return Health(healthy=True, why=f"made progress {still} ago{excuse}", still_ms=still_ms)
    if not anything_to_do():
        why = f"has stood still for {still}, but there is nothing to do"
        return Health(healthy=True, why=why, still_ms=still_ms, something_to_do=False)
    why = f"has stood still for {still}, although there is something to do"
    return Health(healthy=False, why=why, still_ms=still_ms, something_to_do=True)
