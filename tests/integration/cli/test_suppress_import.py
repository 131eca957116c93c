"""`bulkwire suppress import`."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis

from bulkwire.store.keys import Keys
from support.cli import Command, Done

Import = Callable[..., Done]
Members = Callable[[], set[str]]

PLAIN = "+27 82 000 0000\n\n0027820000001\n+44 7911 123456\n"
CSV = "Name,Cell Number,Why\nAnn,+27820000000,STOP\nBen,12,\nCleo,+447911123456,=1+1\n"


@pytest.fixture
def importing(bulkwire: Command, tmp_path: Path) -> Import:
    """Writes `content` to a file and imports it."""

    def importing(content: str | bytes, *options: str) -> Done:
        file = tmp_path / "stop.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return bulkwire("suppress", "import", str(file), *options)

    return importing


@pytest.fixture
def members(redis_url: str) -> Members:
    def read() -> set[str]:
        with redis.Redis.from_url(redis_url) as client:
            found = client.smembers(Keys("default").single("suppressed"))
            return {one.decode() for one in found}

    return read


def test_one_number_a_line_is_taken_in(importing: Import, members: Members) -> None:
    done = importing(PLAIN, "--channel", "sms")
    assert (done.code, done.out) == (0, "3 numbers added, 0 on the list already, 0 rejected.\n")
    assert members() == {"sms:27820000000", "sms:27820000001", "sms:447911123456"}


def test_a_csv_list_is_taken_in_and_its_rejects_are_listed(
    importing: Import, members: Members, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    done = importing(CSV, "--rejects", str(rejects), "--json")
    assert done.code == 0
    assert (done.json["rows"], done.json["added"], done.json["rejected"]) == (3, 2, 1)
    (reject,) = done.json["rejects"]
    assert (reject["line"], reject["column"]) == (3, "Cell Number")
    assert "is not a phone number" in reject["reason"]
    (row,) = csv.DictReader(io.StringIO(rejects.read_text()))
    assert (row["line"], row["column"]) == ("3", "Cell Number")
    assert len(members()) == 4  # two people, on both channels


def test_importing_again_adds_nothing(importing: Import, members: Members) -> None:
    importing(PLAIN)
    before = members()
    done = importing(PLAIN, "--json").json
    assert (done["added"], done["already_there"]) == (0, 3)
    assert members() == before


def test_local_numbers_are_read_by_the_region(importing: Import, members: Members) -> None:
    assert importing("0820000000\n", "--channel", "sms").code == 2
    assert importing("0820000000\n", "--channel", "sms", "--region", "za").code == 0
    assert members() == {"sms:27820000000"}


def test_the_column_can_be_named(importing: Import, members: Members) -> None:
    content = "phone,Other\n+27820000000,+27820000001\n"
    assert importing(content, "--to-column", "other", "--channel", "sms").code == 0
    assert members() == {"sms:27820000001"}


MIXED = (
    "phone,Channel\n+27820000000,sms\n+27820000001,WhatsApp\n+27820000002, both \n"
    "+27820000003,\n+27820000004,e-mail\n"
)


@pytest.mark.parametrize(
    ("options", "of_an_empty_cell"),
    [((), {"sms", "whatsapp"}), (("--channel", "sms"), {"sms"})],
)
def test_each_row_may_name_its_channel(
    importing: Import,
    members: Members,
    bulkwire: Command,
    options: tuple[str, ...],
    of_an_empty_cell: set[str],
) -> None:
    done = importing(MIXED, "--json", *options)
    assert (done.code, done.json["added"], done.json["rejected"]) == (0, 4, 1)
    (reject,) = done.json["rejects"]
    assert (reject["line"], reject["column"]) == (6, "Channel")
    assert reject["reason"] == "is no channel: write sms, whatsapp or both, or leave it empty"
    assert members() == {
        "sms:27820000000",
        "whatsapp:27820000001",
        "sms:27820000002",
        "whatsapp:27820000002",
        *(f"{channel}:27820000003" for channel in of_an_empty_cell),
    }
    (action,) = bulkwire("log", "--json").json["actions"]
    assert action["details"] == {"channel": "by row", "added": "4"}


def test_a_column_of_channels_that_holds_the_numbers_names_none(
    importing: Import, members: Members
) -> None:
    content = "name,channel\nAnn,+27820000000\n"
    assert importing(content, "--to-column", "channel", "--channel", "sms").code == 0
    assert members() == {"sms:27820000000"}


def test_a_long_file_is_taken_in_by_chunks_with_bad_lines_between(
    importing: Import, members: Members
) -> None:
    lines = [f"+2782{number:07d}" for number in range(1_000)]
    lines[500:500] = ["nobody", "+1\0", "12"]
    done = importing("\n".join(lines), "--channel", "whatsapp", "--json").json
    assert (done["rows"], done["added"], done["rejected"]) == (1_003, 1_000, 3)
    assert [one["line"] for one in done["rejects"]] == [501, 502, 503]
    assert len(members()) == 1_000


def test_standard_input_is_read(
    bulkwire: Command, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(PLAIN.encode())))
    assert bulkwire("suppress", "import", "-", "--channel", "sms", "--json").json["added"] == 3
    assert len(members()) == 3


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the file is empty"),
        ("name,why\nAnn,STOP\n", "no column is named like a phone number's"),
        ("0820000000,STOP\n", "the first line is a recipient, not a header"),
        ("phone\n12\n", "the file has no number that can be entered"),
        (PLAIN.encode("utf-16"), "the file is UTF-16"),
    ],
)
def test_a_file_of_which_nothing_can_come_is_refused(
    importing: Import, members: Members, content: str | bytes, problem: str
) -> None:
    done = importing(content)
    assert done.code == 2
    assert problem in done.err
    assert "820000000" not in done.err
    assert members() == set()


def test_a_file_that_is_not_there_is_named(bulkwire: Command, tmp_path: Path) -> None:
    done = bulkwire("suppress", "import", str(tmp_path / "nowhere.csv"))
    assert done.code == 2
    assert "nowhere.csv: cannot be read" in done.err


def test_an_import_is_logged_with_counts_only(importing: Import, bulkwire: Command) -> None:
    importing(PLAIN, "--channel", "sms")
    log = bulkwire("log", "--json")
    assert "2782" not in log.out
    (action,) = log.json["actions"]
    assert action["action"] == "suppress import"
    assert action["details"] == {"channel": "sms", "added": "3"}


def test_an_import_of_nothing_is_not_logged(bulkwire: Command, tmp_path: Path) -> None:
    assert bulkwire("suppress", "import", str(tmp_path)).code == 2
    assert bulkwire("log", "--json").json == {"actions": []}


def test_numbers_that_a_spreadsheet_keeps_as_text_are_taken_in(
    importing: Import, members: Members
) -> None:
    assert importing('="+27821234567"\n').code == 0
    assert members() == {"sms:27821234567", "whatsapp:27821234567"}
