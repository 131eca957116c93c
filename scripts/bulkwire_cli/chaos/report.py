"""What a run of chaos says in the end: a table for eyes, a document for machines."""

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from bulkwire_cli.auditing.report import verdict as audit_verdict
from bulkwire_cli.chaos.judgement import KindSummary, Verdict, summaries
from bulkwire_cli.chaos.kinds import REDIS_KILLS, WORKER_KILLS
from bulkwire_cli.output import Cell, make_table

__all__ = ["as_json", "show"]

SHOWN: Final = 20


def show(console: Console, verdict: Verdict) -> None:
    """Prints the report."""
    plan = verdict.plan
    rows = [_row(one) for one in summaries(verdict.dealt)]
    columns = (
        "fault",
        "count",
        "goes on after",
        "at most",
        "given back after",
        "at most",
    )
    title = f"Faults: {len(verdict.dealt)} dealt in {verdict.seconds:,.0f} s, seed {plan.seed}"
    console.print(make_table(*columns, rows=rows, title=title))
    console.print(
        "Seconds (median, longest) from a fault's end until the provider took in more messages, "
        f"and until what was held when it began was held no more. Lease: {plan.lease_s:g} s.",
        soft_wrap=True,
    )
    console.print(make_table("", "", rows=_results(verdict)))
    for line in _complaints(verdict):
        console.print(Text(line, style="red"), soft_wrap=True)
    word, style = ("held", "bold green") if verdict.ok else ("BROKEN", "bold red")
    console.print(Text(f"The promises {word}.", style=style))


def _row(one: KindSummary) -> tuple[Cell, ...]:
    went_on = one.went_on_s or (None, None)
    given_back = one.given_back_s or (None, None)
    return (str(one.kind), one.count, *map(_seconds, (*went_on, *given_back)))


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _results(verdict: Verdict) -> Iterator[tuple[Cell, ...]]:
    found = verdict.comparison
    kills = [one for one in verdict.dealt if one.step.kind in WORKER_KILLS]
    redis = [one for one in verdict.dealt if one.step.kind in REDIS_KILLS]
    yield "workers and pool children killed", f"{len(kills):,}"
    yield "Redis killed", f"{len(redis):,}"
    came_back = len(verdict.redis_came_back)
    if came_back:
        most = 2 * verdict.plan.lease_s
        yield (
            f"went on within {most:g} s of Redis's first answer",
            f"{verdict.in_time} of {came_back}",
        )
    yield "messages", f"{verdict.plan.messages:,}"
    yield "reached", f"{found.reached:,}"
    yield "lost", f"{len(found.lost):,}"
    yield "doubled", f"{len(found.doubled):,}"
    yield "in doubt", f"{found.in_doubt:,} (the provider had taken {found.in_doubt_taken:,})"
    yield "resent by decision", f"{len(found.resent_ids):,} (arrived twice: {found.resent_twice:,})"
    yield "bound of both", f"{len(verdict.exposed):,} had departed and were unsettled"
    yield "not seen at any fault", f"{len(verdict.unexplained):,} of those in doubt or resent"
    for (category, reason), number in verdict.dead.most_common():
        yield f"dead: {category}, {reason}", f"{number:,}"
    yield "audit", audit_verdict([verdict.audit])


def _complaints(verdict: Verdict) -> Iterator[str]:
    lines = verdict.comparison.disagreements
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"… and {len(lines) - SHOWN:,} more; --json names all of them."
    if not verdict.within_bound:
        yield "More messages are in doubt than had departed and were unsettled at any fault."
    if verdict.unexplained:
        yield f"{len(verdict.unexplained):,} messages are in doubt that no fault was seen to hit."
    if verdict.in_time < len(verdict.redis_came_back):
        yield "After a restart of Redis it took longer than two leases until things went on."
    missing = len(verdict.plan.steps) - len(verdict.dealt)
    if missing:
        yield f"{missing} faults of the schedule were not dealt."
    for one in verdict.missed:
        yield f"Fault {one.step.number} ({one.step.kind}) hit nothing: try another --seed."
    yield from (f"Had to be ended: {what}" for what in verdict.had_to_be_ended)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The report as `--json` prints it."""
    found, plan = verdict.comparison, verdict.plan
    return {
        "ok": verdict.ok,
        "conserved": verdict.is_conserved,
        "seed": plan.seed,
        "seconds": round(verdict.seconds, 1),
        "lease_s": plan.lease_s,
        "appendfsync": plan.appendfsync,
        "faults": {str(one.kind): _as_json(one) for one in summaries(verdict.dealt)},
        "redis_came_back": len(verdict.redis_came_back),
        "went_on_within_two_leases": verdict.in_time,
        "faults_missing": len(plan.steps) - len(verdict.dealt),
        "faults_that_hit_nothing": [str(one.step.kind) for one in verdict.missed],
        "messages": plan.messages,
        "records": found.recipients,
        "reached": found.reached,
        "lost": list(found.lost),
        "doubled": list(found.doubled),
        "in_doubt": found.in_doubt,
        "in_doubt_taken": found.in_doubt_taken,
        "resent_by_decision": len(found.resent_ids),
        "resent_and_arrived_twice": found.resent_twice,
        "in_doubt_bound": len(verdict.exposed),
        "in_doubt_unexplained": sorted(verdict.unexplained),
        "dead": [
            {"category": category, "reason": reason, "messages": number}
            for (category, reason), number in verdict.dead.most_common()
        ],
        "audit": verdict.audit.ok,
        "had_to_be_ended": list(verdict.had_to_be_ended),
    }


def _as_json(one: KindSummary) -> dict[str, Any]:
    def spread(seconds: tuple[float, float] | None) -> dict[str, float] | None:
        return None if seconds is None else {"median": seconds[0], "max": seconds[1]}

    return {
        "count": one.count,
        "goes_on_s": spread(one.went_on_s),
        "given_back_s": spread(one.given_back_s),
        "never_went_on": one.never,
    }
