"""What the documents name is there: links, files, transitions and keys."""

import re
from pathlib import Path

from bulkwire.store.keys import lua_keys
from bulkwire.store.scripts import script_names
from support.source_tree import ROOT, text_files

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
ATTRIBUTES = {"app.conf"}  # of Celery's app; looks like a file
FILE = re.compile(r"`([\w*./-]+\.(?:py|lua|toml|json|md|conf|yml|lock))`")


def section(document: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    text = (ROOT / document).read_text()
    return text.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]


def anchors(path: Path) -> set[str]:
    """The names by which headings are linked to."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    broken = []
    for document in DOCUMENTS:
        for target, anchor in LINK.findall(document.read_text()):
            path = document.parent / target if target else document
            if not path.exists() or (anchor and anchor not in anchors(path)):
                broken.append(f"{document.name}: {target}#{anchor}")
    assert broken == []


def test_every_file_that_a_document_names_exists() -> None:
    files = ["/" + str(path.relative_to(ROOT)) for path, _ in text_files()]
    missing = [
        f"{document.name}: {name}"
        for document in DOCUMENTS
        for name in set(FILE.findall(document.read_text())) - ATTRIBUTES
        if not any(Path(path).match(name.removeprefix("/")) for path in files)
    ]
    assert missing == []


def test_the_table_of_states_names_every_transition_that_moves_messages() -> None:
    table = section("ARCHITECTURE.md", "## States")
    rows = [row.split("|")[-2] for row in table.splitlines() if row.startswith("| ")]
    named = set(re.findall(r"`(\w+)`", "".join(rows)))
    moving = {
        name
        for name in script_names()
        if re.search(
            r"\b(move|fall_in_doubt|return_unsent|count_move)\(",
            (ROOT / f"producers/bulkwire/store/lua/{name}.lua").read_text(),
        )
    }
    assert named - {"discard"} == moving
    assert "discard" in named  # which gives a dead letter up, and leaves it dead


def test_the_table_of_keys_names_every_key() -> None:
    table = section("ARCHITECTURE.md", "### Keys")
    cells = "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
    named = set(re.findall(r"`(\w+)", cells))
    candidates = set(re.findall(r"\w+", (ROOT / "producers/bulkwire/store/keys.py").read_text()))
    known = set(re.findall(r"^  (\w+) = ", lua_keys(candidates), re.MULTILINE))
    assert named == known
