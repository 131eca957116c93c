"""Each change of state is one Lua file that says what it takes and answers, called in one place."""

import ast
import re
from pathlib import Path

import pytest

from bulkwire.store.scripts import script_names
from support.source_tree import ROOT, SOURCE_ROOTS, functions, python_files

LUA = ROOT / "producers/bulkwire/store/lua"
PARTS = ("KEYS", "ARGV", "answer")


def documented(source: str) -> dict[str, str]:
    """What the comment at the top of a Lua file says under KEYS, ARGV and answer.

    A part begins with its name and goes on in the lines that are indented below it.
    """
    said: dict[str, str] = {}
    part = ""
    for line in source.splitlines():
        if not line.startswith("--"):
            break
        named = re.match(r"-- (KEYS|ARGV|answer) +(\S.*)", line)
        if named:
            part = named[1]
            said[part] = named[2]
        elif part and line.startswith("--  "):
            said[part] += " " + line[2:].strip()
        else:
            part = ""
    return said


def undocumented(source: str) -> list[str]:
    """The parts a Lua file leaves out, and the arguments it uses and does not list."""
    said = documented(source)
    missing = [part for part in PARTS if part not in said]
    for table in ("KEYS", "ARGV"):
        used = {int(number) for number in re.findall(rf"\b{table}\[(\d+)\]", source)}
        listed = said.get(table, "")
        # A part that repeats is described in words: "eight for each message".
        if "each" not in listed:
            missing += [
                f"{table}[{n}]" for n in sorted(used) if not re.search(rf"(^|\s){n}[\s…]", listed)
            ]
    return missing


def callers(source: str) -> list[tuple[str, bool]]:
    """Each call of a transition: its name, and whether the function around it answers a `Call`."""
    tree = ast.parse(source)
    typed = {
        id(node)
        for function in functions(tree)
        if function.returns and ast.unparse(function.returns).startswith("Call[")
        for node in ast.walk(function)
    }
    return [
        (ast.unparse(node.args[0]).strip("'"), id(node) in typed)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "transition"
    ]


@pytest.mark.parametrize("file", sorted(LUA.glob("*.lua")), ids=lambda file: file.stem)
def test_a_transition_documents_its_keys_arguments_and_answer(file: Path) -> None:
    assert undocumented(file.read_text()) == []


def test_each_transition_has_exactly_one_typed_caller() -> None:
    sources = [path.read_text() for path in python_files(*SOURCE_ROOTS)]
    found = [caller for source in sources for caller in callers(source)]
    assert script_names()
    assert sorted(found) == [(name, True) for name in script_names()]


def test_what_is_left_out_is_found() -> None:
    good = "-- Does it.\n--\n-- KEYS  1 counts\n-- ARGV  1 id\n--       2 turn\n-- answer  {1}\n"
    assert undocumented(good + "return ARGV[1] .. ARGV[2]") == []
    assert undocumented(good + "return ARGV[3]") == ["ARGV[3]"]
    assert undocumented(good.replace("-- answer  {1}\n", "")) == ["answer"]
    assert undocumented(good.replace("-- KEYS  1 counts", "-- KEYS  none")) == []
    assert undocumented(good.replace("-- KEYS  1 counts", "-- KEYS")) == ["KEYS"]
    assert undocumented("local x = 1\n" + good) == list(PARTS)


def test_every_caller_is_seen_typed_or_not() -> None:
    typed = "def cancel(keys) -> Call[bool]:\n    return transition('cancel', keys)\n"
    assert callers(typed) == [("cancel", True)]
    assert callers(typed + typed.replace("transition", "call.transition")) == [("cancel", True)] * 2
    assert callers(typed.replace(" -> Call[bool]", "")) == [("cancel", False)]
    assert callers("CANCEL = transition(NAME, keys)") == [("NAME", False)]
