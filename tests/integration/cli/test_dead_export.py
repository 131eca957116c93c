"""`bulkwire dead export`."""

import csv
import io
import stat
from pathlib import Path

from bulkwire.states import Category
from support.cli import Command, Messages

MANY = [f"m{number:04d}" for number in range(600)]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_letters_are_written_as_csv_the_oldest_first(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", category=Category.CONTENT, campaign="spring")
    messages.die(*MANY, category=Category.UNDELIVERED)
    done = bulkwire("dead", "export")
    assert (done.code, done.err) == (0, "601 dead letters written.\n")
    written = rows(done.out)
    assert written[0]["id"] == "a"
    assert sorted(one["id"] for one in written[1:]) == MANY
    del written[0]["died"]
    assert written[0] == {
        "id": "a", "campaign": "spring", "channel": "sms", "category": "content",
        "reason": "code_30", "code": "30", "status": "", "attempts": "1",
        "recipient": "*******0000",
    }  # fmt: skip


def test_only_what_fits_is_written(bulkwire: Command, messages: Messages) -> None:
    messages.die("a", "b", category=Category.CONTENT, campaign="spring")
    messages.die("c", category=Category.CONTENT)
    ids = [one["id"] for one in rows(bulkwire("dead", "export", "--campaign", "spring").out)]
    assert sorted(ids) == ["a", "b"]
    assert rows(bulkwire("dead", "export", "--until", "1h").out) == []


def test_numbers_are_written_only_when_asked_for_and_that_is_logged(
    bulkwire: Command, messages: Messages, tmp_path: Path
) -> None:
    messages.die("a", category=Category.CONTENT)
    file = tmp_path / "dead.csv"
    assert bulkwire("dead", "export", "--output", str(file)).out == ""
    assert "27820000000" not in file.read_text()
    assert bulkwire("log", "--json").json == {"actions": []}
    bulkwire("dead", "export", "--output", str(file), "--reveal")
    assert [one["recipient"] for one in rows(file.read_text())] == ["27820000000"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (action,) = bulkwire("log", "--json").json["actions"]
    assert (action["action"], action["details"]["reveal"]) == ("dead export", "True")


def test_no_cell_is_a_formula(bulkwire: Command, messages: Messages) -> None:
    messages.die("-1", category=Category.CONTENT, reason="=HYPERLINK(1)", campaign="-2")
    messages.die("b", category=Category.CONTENT, reason='@SUM("a,b")')
    first, second = rows(bulkwire("dead", "export").out)
    assert (first["id"], first["campaign"], first["reason"]) == ("'-1", "'-2", "'=HYPERLINK(1)")
    assert second["reason"] == '\'@SUM("a,b")'


def test_a_file_that_cannot_be_written_is_named(bulkwire: Command, tmp_path: Path) -> None:
    done = bulkwire("dead", "export", "--output", str(tmp_path / "nowhere" / "dead.csv"))
    assert done.code == 2
    assert "dead.csv cannot be written" in done.err
