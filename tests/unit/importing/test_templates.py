import pytest

from bulkwire_cli.importing.records import Reject, Row
from bulkwire_cli.importing.template import InvalidTemplateError, compile_template

COLUMNS = ("to", "first_name", "Due Date")


def row(first_name: str = "Anna", due: str = "Monday") -> Row:
    return Row(7, {"to": "27821234567", "first_name": first_name, "Due Date": due})


def rendered(text: str, **cells: str) -> str | Reject:
    return compile_template(text, COLUMNS).render(row(**cells))


def test_merge_fields_are_filled_in() -> None:
    assert rendered("Hi {{ first_name }}, due {{ due_date }}.") == "Hi Anna, due Monday."


def test_a_text_without_merge_fields_stays_as_it_is() -> None:
    assert rendered("<b>50 % off</b> & more\n") == "<b>50 % off</b> & more\n"


def test_an_empty_cell_that_is_written_rejects_the_row_and_names_the_column() -> None:
    text = "{{ first_name }}, due {{ due_date }}"
    assert rendered(text, due="") == Reject(7, "Due Date", "the cell of a merge field is empty")


def test_an_empty_cell_that_is_not_used_does_no_harm() -> None:
    assert rendered("Hi {{ first_name }}", due="") == "Hi Anna"


@pytest.mark.parametrize(
    "text",
    [
        'Hi {{ first_name or "there" }}',
        'Hi {{ first_name|default("there") }}',
        "Hi {% if first_name %}{{ first_name }}{% else %}there{% endif %}",
        "Hi {% if first_name is defined %}{{ first_name }}{% else %}there{% endif %}",
        'Hi {% if first_name == "" %}nobody{% else %}there{% endif %}',
    ],
)
def test_a_template_may_say_what_an_empty_cell_becomes(text: str) -> None:
    assert rendered(text, first_name="") == "Hi there"


@pytest.mark.parametrize("text", ["{{ first_name|upper }}", "{{ first_name ~ '!' }}"])
def test_no_filter_hides_an_empty_cell(text: str) -> None:
    rejected = rendered(text, first_name="")
    assert rejected == Reject(7, "first_name", "the cell of a merge field is empty")


def test_a_merge_field_that_is_no_column_is_found_before_any_row() -> None:
    with pytest.raises(InvalidTemplateError) as caught:
        compile_template("Hi {{ firstname }}, {{ shoe_size }}", COLUMNS)
    assert str(caught.value) == (
        "the text asks for the column firstname, which the file lacks (did you mean first_name?); "
        "the text asks for the column shoe_size, which the file lacks. "
        "The file's columns: to, first_name, Due Date"
    )


@pytest.mark.parametrize(
    "text", ["Hi {{ first_name", "{% if %}", "{{ first_name|shout }}", "{% include 'x' %}{% foo %}"]
)
def test_a_template_with_bad_syntax_names_the_line(text: str) -> None:
    with pytest.raises(InvalidTemplateError, match="the text, line 1: "):
        compile_template(text, COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        "{{ first_name.no_such }}",
        "{{ first_name|int / 0 }}",
        "{{ first_name + 1 }}",
        "{{ first_name.__class__.__mro__ }}",
        "{% include 'secrets' %}",
    ],
)
def test_what_fails_on_a_row_rejects_the_row_without_quoting_a_cell(text: str) -> None:
    rejected = rendered(text)
    assert isinstance(rejected, Reject)
    assert rejected.line == 7
    assert "Anna" not in rejected.reason


@pytest.mark.parametrize("name", ["range", "lipsum", "cycler", "namespace"])
def test_nothing_but_the_cells_is_within_reach(name: str) -> None:
    with pytest.raises(InvalidTemplateError, match=name):
        compile_template(f"{{{{ {name} }}}}", COLUMNS)
