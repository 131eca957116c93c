"""One file, one idea: files of at most 300 lines, functions of at most 40."""

import ast

import pytest

from support.source_tree import ROOT, SOURCE_ROOTS, Finding, functions, python_files

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40


def too_long(source: str, file: str) -> list[Finding]:
    """The file, and each function in it, that is longer than it may be."""
    length = len(source.splitlines())
    found = [Finding(file, 1, f"{length} lines")] if length > MOST_LINES_OF_A_FILE else []
    for function in functions(ast.parse(source, file)):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > MOST_LINES_OF_A_FUNCTION:
            found.append(Finding(file, function.lineno, f"{function.name}: {lines} lines"))
    return found


@pytest.mark.parametrize("folder", [*SOURCE_ROOTS, "tests"])
def test_files_and_functions_are_short(folder: str) -> None:
    files = python_files(folder)
    assert files
    findings = [
        str(finding)
        for path in files
        for finding in too_long(path.read_text(), str(path.relative_to(ROOT)))
    ]
    assert findings == []


def test_a_long_file_is_found() -> None:
    (finding,) = too_long("x = 1\n" * 301, "example.py")
    assert finding.problem == "301 lines"
    assert too_long("x = 1\n" * 300, "example.py") == []


def test_a_long_function_is_found_inside_a_class_too() -> None:
    body = "        x = 1\n"
    source = "class A:\n    async def b(self):\n"
    (finding,) = too_long(source + body * 40, "example.py")
    assert finding.problem == "b: 41 lines"
    assert too_long(source + body * 39, "example.py") == []
