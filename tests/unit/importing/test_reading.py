from collections.abc import Callable
from pathlib import Path

import pytest

from bulkwire_cli.importing.lines import LONGEST_LINE
from bulkwire_cli.importing.records import ImportFileError, Reject, Row
from bulkwire_cli.importing.rows import open_rows

Read = Callable[..., list[Row | Reject]]

ANNA = Row(2, {"to": "+27821234567", "name": "Anna"})


@pytest.mark.parametrize(
    "content",
    [
        "to,name\n+27821234567,Anna\n",
        "to,name\n+27821234567,Anna",
        "to,name\r\n+27821234567,Anna\r\n",
        "\ufeffto,name\n+27821234567,Anna\n",
        "to;name\n+27821234567;Anna\n",
        "to\tname\n+27821234567\tAnna\n",
        "to|name\n+27821234567|Anna\n",
        ' to , name \n "+27821234567", "Anna"\n',
        "to,name\n+27821234567,Anna\n\n  \n,\n",
    ],
    ids=["lf", "no end", "crlf", "bom", "semicolon", "tab", "bar", "spaces", "blank lines"],
)
def test_a_list_is_read_however_it_was_saved(read: Read, content: bytes | str) -> None:
    assert read(content) == [ANNA]


def test_the_line_that_tells_excel_the_separator_is_skipped(read: Read) -> None:
    assert read("sep=;\nto;name\n+27821234567;Anna\n") == [Row(3, dict(ANNA.cells))]


def test_one_column_alone_is_a_list(read: Read) -> None:
    assert read("phone\n0821234567\n") == [Row(2, {"phone": "0821234567"})]


def test_a_cell_may_hold_delimiters_quotes_and_line_ends(read: Read) -> None:
    rows = read('to,name\n1,"a, ""b""\nc"\n2,x\n')
    assert rows == [Row(2, {"to": "1", "name": 'a, "b"\nc'}), Row(4, {"to": "2", "name": "x"})]


@pytest.mark.parametrize(
    ("header", "to_column"),
    [
        ("name,MSISDN", None),
        ("name,Mobile Number", None),
        ("name,phone", "phone"),
        ("name,Handset No.", "handset_no"),
    ],
)
def test_the_column_of_the_number_is_found(
    recipients: Path, header: str, to_column: str | None
) -> None:
    recipients.write_text(f"{header}\nAnna,1\n", encoding="utf-8")
    with open_rows(recipients, to_column=to_column) as rows:
        assert rows.header.to_column == header.removeprefix("name,")


def test_a_column_named_to_wins_over_others_that_could_hold_the_number(recipients: Path) -> None:
    recipients.write_text("phone,to\n1,2\n", encoding="utf-8")
    with open_rows(recipients) as rows:
        assert rows.header.to_column == "to"


@pytest.mark.parametrize(
    ("content", "to_column", "problem"),
    [
        (b"", None, "the file is empty"),
        (b"\n \n", None, "the file is empty"),
        (b"\xef\xbb\xbf", None, "the file is empty"),
        (b"+27821234567,Anna\n", None, "the first line is a recipient, not a header"),
        (b"name,city\nAnna,Paarl\n", None, "no column is named like a phone number's"),
        (b"to,name\n1,Anna\n", "Handset", "there is no column 'Handset'"),
        (b"phone,mobile\n1,2\n", None, "columns phone and mobile could all hold the number"),
        (b"to,,name\n1,2,3\n", None, "the header has no name for column 2"),
        (b"to,name,Name\n", None, "the header names columns 'name' and 'Name'"),
        (b"to,pr\xe9nom\n1,Ren\xe9\n", None, "line 1, the header, is not UTF-8"),
        ("to,name\n1,Anna\n".encode("utf-16"), None, "the file is UTF-16"),
        ("to,name\n1,Anna\n".encode("utf-16-le"), None, "the file is UTF-16"),
        (bytes(range(256)), None, "the file is not text"),
        (b"PK\x03\x04\x14\x00\x06\x00", None, "the file is a workbook, not CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None, "the file is a workbook, not CSV"),
        (b'="+27821234567",Anna\n', None, "the first line is a recipient, not a header"),
        (b"to,name\r1,Anna\r", None, "its lines end in CR alone"),
        (b'"to,name\n1,Anna\n', None, "line 1, the header, is not CSV"),
        (b"to," + b"x" * LONGEST_LINE, None, "line 1, the header, is too long"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why(
    recipients: Path, read: Read, content: bytes | str, to_column: str | None, problem: str
) -> None:
    with pytest.raises(ImportFileError) as caught:
        read(content, to_column)
    assert str(caught.value).startswith(f"{recipients}: {problem}")
    assert caught.value.remedy
    assert "27821234567" not in str(caught.value)


def test_a_missing_file_and_a_folder_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(ImportFileError, match="cannot be read"), open_rows(path):
            pass


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        (b"+27821234568\n", None, "too few cells: 1, the header has 2"),
        (b"+27821234568,Ben,x\n", None, "too many cells: 3, the header has 2"),
        (b"+27821234568,Ren\xe9\n", "name", "is not UTF-8: save the file as CSV UTF-8"),
        (b"+2782\xff,Ben\n", "to", "is not UTF-8: save the file as CSV UTF-8"),
        (b"+27821234568,B\0n\n", "name", "holds a NUL byte: save the file as CSV UTF-8"),
        (b'+27821234568,"Ben" x\n', None, "is not CSV"),
        (b'+27821234568,"Ben\n', None, "a quotation mark is not closed"),
        (b"+27821234568,a\rb\n", None, "is not CSV"),
        (b"+27821234568," + b"x" * 140_000 + b"\n", None, "a cell is longer than 131072"),
        (b"x" * (3 * LONGEST_LINE) + b"\n", None, "the line is too long to be a row"),
    ],
)
def test_a_bad_row_is_rejected_and_the_rows_around_it_go_in(
    read: Read, bad: bytes, column: str | None, reason: str
) -> None:
    before, reject, after = read(b"to,name\n+27821234567,Anna\n" + bad + b"+27821234569,Cara\n")
    assert before == ANNA
    assert isinstance(reject, Reject)
    assert (reject.line, reject.column) == (3, column)
    assert reject.reason.startswith(reason)
    assert after == Row(4, {"to": "+27821234569", "name": "Cara"})


def test_a_bad_byte_in_a_cell_of_several_lines_rejects_the_whole_cell(read: Read) -> None:
    rows = read(b'to,name\n1,"a\n\xff\nb"\n2,x\n')
    assert rows == [
        Reject(2, "name", "is not UTF-8: save the file as CSV UTF-8"),
        Row(5, {"to": "2", "name": "x"}),
    ]


def test_a_quote_that_is_never_closed_loses_only_its_own_row(read: Read) -> None:
    good = [f"{number},x" for number in range(500)]
    rows = read("\n".join(["to,name", *good[:100], '100,"x', *good[100:]]))
    rejects = [row for row in rows if isinstance(row, Reject)]
    assert len(rows) == 501
    assert [reject.line for reject in rejects] == [102]


def test_the_bytes_consumed_reach_the_files_size(recipients: Path) -> None:
    recipients.write_text("to,name\n" + "1,Anna\n" * 50, encoding="utf-8")
    with open_rows(recipients) as rows:
        seen = [rows.consumed for _ in rows]
        assert seen == [8 + 7 * count for count in range(1, 51)]
        assert rows.consumed == rows.size


def test_a_reject_names_its_place() -> None:
    assert str(Reject(7, "to", "is empty")) == "line 7, column to: is empty"
    assert str(Reject(7, None, "too few cells")) == "line 7: too few cells"
