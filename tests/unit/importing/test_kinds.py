import pytest

from bulkwire_cli.importing.tally import kind_of


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("is not UTF-8: save the file as CSV UTF-8", "is not UTF-8"),
        ("a cell is longer than 131072 characters", "a cell is longer than … characters"),
        ("too few cells: 2, the header has 3", "too few cells"),
    ],
)
def test_reasons_are_counted_by_kind_without_the_numbers_of_a_row(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind
