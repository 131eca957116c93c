"""What a status check writes, given what the provider said."""

from random import Random

import pytest

from bulkwire.states import Channel
from bulkwire.store.following import Check, NewsKind
from bulkwire_workers.decisions.follow_up import StillPending
from bulkwire_workers.decisions.values import RetryPolicy
from bulkwire_workers.upkeep.checks import CheckTerms, news_of

HOUR_MS = 3_600_000
TERMS = CheckTerms(requests=1, hold_ms=1_000, window_ms=72 * HOUR_MS, policy=RetryPolicy())
SAID = StillPending("QUEUED")
UNHEARD = StillPending("read_timeout", unheard=True)


def at_age(age_ms: int) -> Check:
    return Check("m", "api", age_ms=age_ms, attempts=1, channel=Channel.SMS, status="")


@pytest.mark.parametrize(
    ("hours", "said", "kind"),
    [
        (71, SAID, NewsKind.PENDING),
        (72, SAID, NewsKind.UNCONFIRMED),
        (72, UNHEARD, NewsKind.PENDING),
        (143, UNHEARD, NewsKind.PENDING),
        (144, UNHEARD, NewsKind.UNCONFIRMED),
    ],
)
def test_an_outage_at_the_end_of_the_window_costs_no_outcome(
    hours: int, said: StillPending, kind: NewsKind
) -> None:
    assert news_of(at_age(hours * HOUR_MS), said, TERMS, Random(7)).kind is kind


def test_the_last_check_comes_right_after_the_end_of_the_window() -> None:
    assert news_of(at_age(72 * HOUR_MS - 5_000), SAID, TERMS, Random(7)).delay_ms == 5_000
