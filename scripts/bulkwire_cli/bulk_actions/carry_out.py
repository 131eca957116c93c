"""Does one thing to many messages, 250 at a time. What was done stays done where it is stopped."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bulkwire.store.keys import Keys
from bulkwire.store.listing import Listed, read_index_size, read_time_ms
from bulkwire_cli.bulk_actions.index_walk import read_all_listed, walk
from bulkwire_cli.bulk_actions.selection import Filters, Selection
from bulkwire_cli.options import PAGE
from bulkwire_cli.output import error_console
from bulkwire_cli.session import Session

__all__ = ["UNKNOWN", "Choice", "Step", "Tally", "Work", "carry_out", "choose"]

UNKNOWN = "unknown"

Step: TypeAlias = Callable[[Sequence[Listed]], Mapping[str, str]]
"""Does it to at most 250 messages; answers in a word what became of each."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages a command is about: those named, or those of an index that fit.

    Its times are settled: counting what is meant, asking, and doing it are about the same messages.
    """

    index: str
    ids: tuple[str, ...]
    filters: Filters
    as_of_ms: int
    """When it was made, by the server's clock: nothing that came in later is meant."""
    selection: Selection = field(repr=False)

    def in_words(self) -> str:
        """For the operator log."""
        if len(self.ids) > 10:
            return f"{len(self.ids)} ids"
        return " ".join(self.ids) or self.filters.in_words()


def choose(
    session: Session,
    keys: Keys,
    index: str,
    ids: list[str] | None,
    filters: Filters,
    *,
    everything: bool,
) -> Choice:
    """What a command is about, said in one way, as of now. Raises BadParameter, CommandFailed."""
    if bool(ids) == (everything or filters.given):
        raise typer.BadParameter("give either ids, or filters such as --campaign, or --all")
    as_of_ms = session.store.run(read_time_ms())
    chosen = filters.selection(session, keys)
    until_ms = as_of_ms if chosen.until_ms is None else min(as_of_ms, chosen.until_ms)
    settled = replace(chosen, until_ms=until_ms)
    return Choice(index, tuple(dict.fromkeys(ids or ())), filters, as_of_ms, settled)


@dataclass(frozen=True, slots=True)
class Work:
    """What a command does."""

    action: str
    """The command, for the operator log."""
    wanted: str
    """The step's word for what was done."""
    step: Step
    dry_run: bool = False
    forced: bool = False
    wakes: bool = False
    """Whether what was done is work for the workers."""


@dataclass(slots=True)
class Tally:
    """What became of the messages. `answers` has each of them where ids were given."""

    wanted: str
    words: Counter[str] = field(default_factory=Counter)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.words[self.wanted]

    @property
    def refused(self) -> dict[str, int]:
        return {word: count for word, count in sorted(self.words.items()) if word != self.wanted}


def carry_out(session: Session, keys: Keys, choice: Choice, work: Work) -> Tally:
    """Does the work; run again, it goes on where it was stopped. Kept in the operator log."""
    tally = Tally(work.wanted)
    if work.dry_run:
        _do(session, keys, choice, work, tally)
        return tally
    session.note(keys, work.action, selection=choice.in_words(), force=work.forced)
    end = "stopped"
    try:
        _do(session, keys, choice, work, tally)
        end = "done"
    except KeyboardInterrupt:
        typer.echo(f"bulkwire: stopped with {tally.done:,} done: run it again to go on", err=True)
        raise
    finally:
        # Also where it was interrupted: the log says how far it came.
        session.note(keys, f"{work.action}: {end}", done=tally.done, **tally.refused)
    return tally


def _do(session: Session, keys: Keys, choice: Choice, work: Work, tally: Tally) -> None:
    for begin in range(0, len(choice.ids), PAGE):
        some = choice.ids[begin : begin + PAGE]
        found = [one for one in read_all_listed(session.store, keys, some) if one]
        answers = dict.fromkeys(some, UNKNOWN)
        answers.update(work.step(found) if found else {})
        tally.answers.update(answers)
        _count(session, work, tally, answers)
    if choice.ids:
        return
    selection = choice.selection
    total = session.store.run(read_index_size(keys, choice.index))
    with _progress("Looking" if work.dry_run else "Working", total) as advance:
        for page in walk(session.store, keys, choice.index, selection):
            fitting = [one for one in page if selection.fits(one)]
            _count(session, work, tally, work.step(fitting) if fitting else {})
            advance(len(page))


def _count(session: Session, work: Work, tally: Tally, answers: Mapping[str, str]) -> None:
    # First counted, then told: waking takes its time, and Ctrl-C may come in it.
    tally.words.update(answers.values())
    if work.wakes and not work.dry_run and work.wanted in answers.values():
        session.wake_workers()


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    console = error_console()
    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    bar = Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)
