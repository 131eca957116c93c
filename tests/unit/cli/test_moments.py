"""Points in time as operators write them."""

from datetime import UTC, datetime

import pytest
import typer

from bulkwire_cli.moments import parse_moment

NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("7D", 604_800), (" 1 w ", 604_800), ("0s", 0)],
)
def test_a_duration_is_that_long_ago(written: str, seconds: int) -> None:
    assert parse_moment(written).ms(NOW_MS) == NOW_MS - seconds * 1_000


@pytest.mark.parametrize(
    "written",
    ["2026-01-31", "2026-01-31T00:00", "2026-01-31 00:00:00Z", "2026-01-31T02:00+02:00"],
)
def test_a_time_is_utc_unless_it_says_else(written: str) -> None:
    midnight = datetime(2026, 1, 31, tzinfo=UTC).timestamp() * 1_000
    assert parse_moment(written).ms(NOW_MS) == midnight


@pytest.mark.parametrize("written", ["", "yesterday", "2", "h", "-2h", "2 years", "31.01.2026"])
def test_what_is_no_time_is_refused_with_the_remedy(written: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a time: write 2h"):
        parse_moment(written)
