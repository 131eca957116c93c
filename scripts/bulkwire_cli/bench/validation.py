"""`bulkwire bench validation`: what does checking a message cost whoever enqueues it?"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Final

import phonenumbers
import typer

from bulkwire.making import make_message
from bulkwire.message import Message
from bulkwire_cli.bench.progress import progress_bar
from bulkwire_cli.options import JsonOption
from bulkwire_cli.output import print_json, print_table
from bulkwire_cli.testbed.signals import stoppable

__all__ = ["bench_validation"]

NUMBER: Final = "+27821234567"
TEXT: Final = "Your code is 4711. It is valid for ten minutes; tell it to nobody."
CALLS: Final = 500
"""Calls a round: a thousand times what the clock can tell apart."""
MOST_MICROSECONDS: Final = 10.0
MOST_TIMES_PHONENUMBERS: Final = 1.5

WITHOUT: Final = "message, without reading the number"
WITH: Final = "message, with reading the number"
ALONE: Final = "phonenumbers alone: parse and is_valid_number"
PARSE: Final = "phonenumbers.parse alone"


@dataclass(frozen=True, slots=True)
class ValidationMeasured:
    """Medians in microseconds of processor time."""

    without_number: float
    with_number: float
    phonenumbers: float
    parse: float

    @property
    def times_phonenumbers(self) -> float:
        return self.with_number / self.phonenumbers

    @property
    def fast_enough(self) -> bool:
        return (
            self.without_number < MOST_MICROSECONDS
            and self.times_phonenumbers <= MOST_TIMES_PHONENUMBERS
        )


def bench_validation(
    rounds: Annotated[
        int, typer.Option(min=5, max=10_000, help="Rounds of 500 calls of each kind.")
    ] = 200,
    *,
    json: JsonOption = False,
) -> None:
    """Measure how long the validation of a plain text message takes.

    In processor time, so that whatever else runs here matters little; each kind in turn, so that
    what remains of it hits all alike. Starts nothing.

    Exit codes: 0 less than 10 µs at the median without reading the number, and with it at most
    1.5 times what phonenumbers takes alone; 1 otherwise.

    \b
    Examples:
      bulkwire bench validation
      bulkwire bench validation --rounds 1000 --json
    """
    with stoppable():
        measured = _measure(rounds)
    if json:
        print_json(
            {
                "without_number_us": round(measured.without_number, 2),
                "with_number_us": round(measured.with_number, 2),
                "phonenumbers_us": round(measured.phonenumbers, 2),
                "parse_us": round(measured.parse, 2),
                "times_phonenumbers": round(measured.times_phonenumbers, 2),
                "fast_enough": measured.fast_enough,
            }
        )
    else:
        _show(measured)
    raise typer.Exit(0 if measured.fast_enough else 1)


def _measure(rounds: int) -> ValidationMeasured:
    subjects: Mapping[str, Callable[[], object]] = {
        WITHOUT: lambda: Message(to=NUMBER, content=TEXT),
        WITH: lambda: make_message({"to": NUMBER, "content": TEXT}),
        ALONE: lambda: phonenumbers.is_valid_number(phonenumbers.parse(NUMBER)),
        PARSE: lambda: phonenumbers.parse(NUMBER),
    }
    seen: dict[str, list[float]] = {name: [] for name in subjects}
    for call in subjects.values():
        _microseconds(call)  # the first calls fill caches
    with progress_bar("validating", rounds) as show:
        for done in range(1, rounds + 1):
            for name, call in subjects.items():
                seen[name].append(_microseconds(call))
            show(done, None)
    return ValidationMeasured(*(median(seen[name]) for name in (WITHOUT, WITH, ALONE, PARSE)))


def _microseconds(call: Callable[[], object]) -> float:
    """Processor time of one call, the mean of a round."""
    began = time.process_time_ns()
    for _ in range(CALLS):
        call()
    return (time.process_time_ns() - began) / CALLS / 1000


def _show(measured: ValidationMeasured) -> None:
    times = f"{measured.times_phonenumbers:.2f} times phonenumbers"
    print_table(
        "what",
        "microseconds",
        "",
        rows=[
            (WITHOUT, f"{measured.without_number:.1f}", f"at most {MOST_MICROSECONDS:.0f}"),
            (WITH, f"{measured.with_number:.1f}", f"{times}, at most {MOST_TIMES_PHONENUMBERS}"),
            (ALONE, f"{measured.phonenumbers:.1f}", ""),
            (PARSE, f"{measured.parse:.1f}", ""),
        ],
    )
