"""Where nothing can be imported: exit 2, one clear error, and nothing in the store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Import = Callable[..., Any]
Counts = Callable[[], dict[str, int]]

GOOD = "phone,first_name\n+27821000001,Anna\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the file is empty"),
        ("phone,first_name\n", "the file has no rows"),
        ("+27821000001,Anna\n+27821000002,Ben\n", "the first line is a recipient"),
        ("name,first_name\nx,Anna\n", "no column is named like a phone number's"),
        (GOOD.encode("utf-16"), "the file is UTF-16"),
        ("phone,first_name\n12,Anna\n", "no row could be taken in"),
        ("phone,name\n+27821000001,Anna\n", "the text asks for the column first_name"),
    ],
)
def test_a_file_of_which_nothing_can_come_is_refused(
    importing: Import, counts: Counts, content: str | bytes, problem: str
) -> None:
    done = importing(content)
    assert done.code == 2
    assert problem in done.err
    assert counts() == {}


def test_a_file_in_another_encoding_names_line_and_remedy(importing: Import) -> None:
    done = importing("phone,first_name\n+27821000001,Zoë\n".encode("latin-1"))
    assert done.code == 2
    assert "line 2, column first_name: is not UTF-8: save the file as CSV UTF-8" in done.out


def test_a_file_that_is_not_there_is_named(importing: Import, tmp_path: Path) -> None:
    done = importing(GOOD, "--rejects", str(tmp_path / "nowhere" / "rejects.csv"))
    assert done.code == 2
    assert "rejects.csv: cannot be written" in done.err


def test_rejects_never_overwrite_the_list(
    importing: Import, counts: Counts, tmp_path: Path
) -> None:
    done = importing(GOOD, "--rejects", str(tmp_path / "people.csv"))
    assert done.code == 2
    assert (tmp_path / "people.csv").read_text() == GOOD
    assert counts() == {}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--channel", "fax"), "fax"),
        (("--priority", "urgent"), "urgent"),
        (("--validity", "0"), "--validity"),
        (("--channel", "whatsapp", "--from", "2760"), "--from is for SMS only"),
        (("--region", "Q9"), "is not a country"),
        (("--account", "a b"), "--account has characters or a length not allowed"),
        (("--to-column", "cell"), "there is no column 'cell'"),
    ],
)
def test_a_bad_option_is_named(
    importing: Import, counts: Counts, options: tuple[str, ...], problem: str
) -> None:
    done = importing(GOOD, *options)
    assert done.code == 2
    assert problem in done.err
    assert counts() == {}


@pytest.mark.parametrize("text", ["", "Hi {{ first_name", "Hi {{ firstname }}"])
def test_a_bad_text_is_refused(importing: Import, counts: Counts, text: str) -> None:
    assert importing(GOOD, text=text).code == 2
    assert counts() == {}


def test_a_bad_campaign_name_is_refused(importing: Import) -> None:
    done = importing(GOOD, campaign="spring sale")
    assert done.code == 2
    assert "--campaign has characters or a length not allowed" in done.err


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Hello {{ first_name }}", ()),
        ("Hi {{ first_name }}", ("--channel", "whatsapp")),
        ("Hi {{ first_name }}", ("--priority", "low")),
    ],
)
def test_a_campaign_keeps_what_it_sends(
    importing: Import, counts: Counts, text: str, options: tuple[str, ...]
) -> None:
    importing(GOOD)
    done = importing(f"{GOOD}+27821000002,Ben\n", *options, text=text)
    assert done.code == 2
    assert "campaign spring was imported with another text" in done.err
    assert "another name with --campaign" in done.err
    assert counts() == {"queued": 1, "total": 1}


def test_a_file_without_a_good_row_does_not_take_the_campaigns_name(importing: Import) -> None:
    assert importing("phone,first_name\n12,Anna\n", text="Hy {{ first_name }}").code == 2
    assert importing(GOOD).code == 0
