"""How commands put things on paper."""

from datetime import UTC, datetime

import pytest

from bulkwire_cli.output import iso, make_table, masked, screen, shown_time, span
from bulkwire_cli.session import server_address, without_numbers

AT = datetime(2026, 1, 5, 9, 30, 15, 123_456, tzinfo=UTC)


def test_times_are_utc_and_say_so() -> None:
    assert shown_time(AT) == "2026-01-05 09:30:15Z"
    assert iso(AT) == "2026-01-05T09:30:15.123Z"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (120, "2 min"), (7_200, "2 h"), (2e5, "2 d")]
)
def test_durations_are_told_in_their_largest_unit(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_of_a_number_only_the_last_digits_are_shown() -> None:
    assert masked("27821234567") == "*******4567"


def test_a_row_wider_than_the_terminal_is_broken_by_the_terminal_and_not_within_a_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    cells: list[str | int] = ["rv7CblqO_RQmvJVtEm-PHow", "EXCESSIVE_MESSAGES_TO_RECIPIENT", 12_345]
    screen().print(make_table("id", "reason", "count", rows=[cells]))
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("rv7CblqO_RQmvJVtEm-PHow", str(cells[1]), "12,345"))
    assert screen(fitted=True).width == 40


def test_what_stands_in_a_cell_is_neither_markup_nor_steers_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen().print(make_table("why", rows=[["[red]no[/red]\x1b[2J"]]))
    shown = capsys.readouterr().out
    assert "[red]no[/red]\ufffd[2J" in shown


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://user:hidden@host/0", "host:6379"),
        ("rediss://:hidden@host:7000/0", "host:7000"),
        ("unix://:hidden@/run/redis.sock?db=0", "/run/redis.sock"),
    ],
)
def test_an_address_is_told_without_the_password(url: str, address: str) -> None:
    assert server_address(url) == address


@pytest.mark.parametrize("number", ["+27821234567", "27 82 123 4567", "082-123-4567", "0821234567"])
def test_a_number_is_left_out_of_what_an_operator_wrote(number: str) -> None:
    assert without_numbers(f"complaint of {number}.") == "complaint of (number)."


@pytest.mark.parametrize("text", ["order-1042", "2026-01-05", "at 09:30", "r1234567890abc", "30 %"])
def test_dates_ids_and_small_numbers_stay(text: str) -> None:
    assert without_numbers(text) == text
