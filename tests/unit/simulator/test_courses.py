"""Status courses: read off the time that passed, planned by weight and seed."""

from collections import Counter
from typing import Any

import pytest

from bulkwire_cli.simulator.courses import Course, CoursePlanner, fails, status_at
from bulkwire_cli.simulator.draws import stream
from bulkwire_cli.simulator.scenario import Statuses


def planner(seed: int = 1, **statuses: Any) -> CoursePlanner:
    return CoursePlanner(Statuses(**statuses), stream(seed, "courses"))


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [
        (0, ("UNKNOWN", 0)),
        (99, ("UNKNOWN", 0)),
        (100, ("QUEUED", 100)),
        (200, ("SENT_TO_SUPPLIER", 200)),
        (300, ("DEVICE_ACK", 300)),
        (400, ("READ", 400)),
        (10**9, ("READ", 400)),
    ],
)
def test_a_message_that_is_read_passes_through_every_status(
    elapsed: int, expected: tuple[str, int]
) -> None:
    assert status_at(Course(100, 200, 300, 400, "READ"), elapsed) == expected


def test_a_scheduled_message_is_scheduled_until_its_time() -> None:
    course = Course(0, 10, 20, 20, "DEVICE_ACK", starts=1_000)
    assert status_at(course, 999) == ("SCHEDULED", 0)
    assert status_at(course, 1_000) == ("QUEUED", 1_000)
    assert status_at(course, 1_020) == ("DEVICE_ACK", 1_020)


def test_a_message_can_be_stuck_at_a_pending_status_for_good() -> None:
    course = planner(weights={"SENT_TO_SUPPLIER": 1}).plan()
    assert status_at(course, 10**9)[0] == "SENT_TO_SUPPLIER"


def test_last_statuses_come_by_their_weights() -> None:
    plan = planner(weights={"DEVICE_ACK": 3, "EXPIRED": 1, "READ": 0}).plan
    drawn = Counter(plan().final for _ in range(4_000))
    assert set(drawn) == {"DEVICE_ACK", "EXPIRED"}
    assert 800 < drawn["EXPIRED"] < 1_200


def test_the_same_seed_plans_the_same_courses() -> None:
    settings = {"weights": {"READ": 1, "EXPIRED": 1}, "late": 0.3, "hidden": 0.3}
    first, second, other = planner(7, **settings), planner(7, **settings), planner(8, **settings)
    courses = [first.plan() for _ in range(50)]
    assert courses == [second.plan() for _ in range(50)]
    assert courses != [other.plan() for _ in range(50)]


def test_times_of_a_course_never_run_backwards() -> None:
    plan = planner(unknown_ms=(0, 900), supplier_ms=(0, 500), final_ms=(0, 500)).plan
    for course in (plan() for _ in range(200)):
        assert course.unknown_until <= course.supplier_from <= course.final_from
        assert course.final_from <= course.read_from


def test_a_late_status_comes_in_the_late_range() -> None:
    course = planner(late=1, late_ms=(60_000, 61_000), final_ms=(0, 10)).plan()
    assert 60_000 <= course.final_from <= 61_000


def test_a_rule_can_name_the_last_status() -> None:
    assert planner().plan("WHATSAPP_TEMPLATE_PAUSED").final == "WHATSAPP_TEMPLATE_PAUSED"


@pytest.mark.parametrize("status", ["DEVICE_ACK", "READ", "EMULATED", "PAYMENT_FAILED"])
def test_a_message_that_arrived_counts_as_received(status: str) -> None:
    assert not fails(status)


@pytest.mark.parametrize(
    "status", ["EXPIRED", "STOPPED_BY_USER", "WHATSAPP_SERVER_RATE_LIMIT", "VOLUME_LIMIT"]
)
def test_a_message_that_failed_does_not_count_as_received(status: str) -> None:
    assert fails(status)


@pytest.mark.parametrize("status", ["SENT_TO_SUPPLIER", "A_STATUS_NOBODY_DOCUMENTED"])
def test_a_message_without_a_known_end_counts_as_received(status: str) -> None:
    assert not fails(status)
