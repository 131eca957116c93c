"""What a status check writes, given what the provider said."""

from random import Random

import pytest

from bulkwire.states import Channel
from bulkwire.store.status_updates import Check, StatusKind
from bulkwire_workers.decisions.follow_up import StillPending
from bulkwire_workers.decisions.values import RetryPolicy
from bulkwire_workers.upkeep.checks import CheckTerms, update_for

HOUR_MS = 3_600_000
TERMS = CheckTerms(requests=1, hold_ms=1_000, window_ms=72 * HOUR_MS, policy=RetryPolicy())
SAID = StillPending("QUEUED")
UNHEARD = StillPending("read_timeout", unheard=True)


def at_age(age_ms: int) -> Check:
    return Check("m", "api", age_ms=age_ms, attempts=1, channel=Channel.SMS, status="")


@pytest.mark.parametrize(
    ("hours", "said", "kind"),
    [
        (71, SAID, StatusKind.PENDING),
        (72, SAID, StatusKind.UNCONFIRMED),
        (72, UNHEARD, StatusKind.PENDING),
        (143, UNHEARD, StatusKind.PENDING),
        (144, UNHEARD, StatusKind.UNCONFIRMED),
    ],
)
def test_an_outage_at_the_end_of_the_window_costs_no_outcome(
    hours: int, said: StillPending, kind: StatusKind
) -> None:
    assert update_for(at_age(hours * HOUR_MS), said, TERMS, Random(7)).kind is kind


def test_the_last_check_comes_right_after_the_end_of_the_window() -> None:
    assert update_for(at_age(72 * HOUR_MS - 5_000), SAID, TERMS, Random(7)).delay_ms == 5_000


@pytest.mark.parametrize("hours", [1, 100, 1_000])
def test_what_waits_at_the_provider_is_asked_for_ever_sooner_and_never_given_up(hours: int) -> None:
    told = update_for(at_age(-hours * HOUR_MS), StillPending("SCHEDULED"), TERMS, Random(7))
    assert told.kind is StatusKind.PENDING
    assert 0.4 * min(hours, 8) * HOUR_MS <= told.delay_ms <= 0.6 * min(hours, 8) * HOUR_MS
