"""The course of a message's status: planned when it is accepted, read off the time that passed."""

from functools import cache
from random import Random
from typing import Final, NamedTuple

from bulkwire_cli.simulator.draws import by_rates, by_weights, uniform
from bulkwire_cli.simulator.scenario import Statuses

__all__ = ["ARRIVED", "PENDING", "Course", "CoursePlanner", "fails", "status_at"]

PENDING: Final = frozenset({"UNKNOWN", "QUEUED", "SCHEDULED", "SENT_TO_SUPPLIER"})
ARRIVED: Final = frozenset(
    {
        "DEVICE_ACK",
        "READ",
        "EMULATED",
        "PAYMENT_COMPLETED",
        "PAYMENT_DECLINED",
        "PAYMENT_FAILED",
    }
)
_FAILURES_BEGIN_WITH: Final = (
    "ANONYMOUS_",
    "DELIVERY_",
    "ENCRYPTION_",
    "EXCESSIVE_",
    "EXPIRED",
    "INSUFFICIENT_",
    "MEDIA_",
    "PAYMENT_INVALID_",
    "RECIPIENT_",
    "ROUTING_",
    "STOP",
    "VOLUME_",
    "WHATSAPP_",
)


class Course(NamedTuple):
    """When a status ends or begins, in ms after the message was accepted."""

    unknown_until: float
    supplier_from: float
    final_from: float
    read_from: float
    """READ passes through DEVICE_ACK until then; the same as `final_from` for all others."""
    final: str
    starts: float = 0.0
    """A scheduled message is SCHEDULED until then, and everything else counts from it."""
    hidden_until: float = 0.0
    """The status is answered with 404 until then, whatever it is."""


def status_at(course: Course, elapsed_ms: float) -> tuple[str, float]:
    """The status after so many ms, and when it began (ms after the message was accepted)."""
    starts = course.starts
    since = elapsed_ms - starts
    if since < 0:
        return "SCHEDULED", 0.0
    if since < course.unknown_until:
        name, began = "UNKNOWN", 0.0
    elif since < course.supplier_from:
        name, began = "QUEUED", course.unknown_until
    elif since < course.final_from:
        name, began = "SENT_TO_SUPPLIER", course.supplier_from
    elif since < course.read_from:
        name, began = "DEVICE_ACK", course.final_from
    else:
        name, began = course.final, course.read_from
    return name, starts + began


@cache
def fails(final: str) -> bool:
    """Nobody receives a message whose last status this is. False for statuses nobody knows."""
    return final not in ARRIVED and final.startswith(_FAILURES_BEGIN_WITH)


class CoursePlanner:
    """Draws courses as a scenario asks."""

    __slots__ = ("_final", "_hidden", "_late", "_random", "_statuses")

    def __init__(self, statuses: Statuses, random: Random) -> None:
        self._statuses = statuses
        self._random = random
        self._final = by_weights(statuses.weights)
        self._late = by_rates({True: statuses.late})
        self._hidden = by_rates({True: statuses.hidden})

    def plan(self, final: str | None = None, starts: float = 0.0) -> Course:
        """A course to `final`, or to a status drawn by weight, from `starts` ms on."""
        random, statuses = self._random, self._statuses
        last = final or self._final.pick(random) or "DEVICE_ACK"
        unknown = uniform(random, statuses.unknown_ms)
        supplier = max(unknown, uniform(random, statuses.supplier_ms))
        late = self._late.possible and self._late.pick(random)
        arrives = max(supplier, uniform(random, statuses.late_ms if late else statuses.final_ms))
        read = arrives + uniform(random, statuses.read_ms) if last == "READ" else arrives
        hidden = 0.0
        if self._hidden.possible and self._hidden.pick(random):
            hidden = uniform(random, statuses.hidden_ms)
        return Course(unknown, supplier, arrives, read, last, starts, hidden)
