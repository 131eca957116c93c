"""No file names a package registry: which one is used is the business of whoever installs."""

import re
from pathlib import Path

import pytest

from support.source_tree import ROOT, text_files

# In halves, so that this file keeps the rule, too.
HOST, INDEX = "python" + "hosted", "py" + "pi"

REGISTRY = re.compile(
    rf"https?://[^\s\"')>]*(?:{INDEX}|{HOST}|artifactory|nexus|/simple\b)"
    r"|--(?:extra-)?index-url[ =]|--find-links[ =]|--trusted-host[ =]"
    r"|\[\[?tool\.uv\.(?:index|sources)",
    re.IGNORECASE,
)


def test_no_file_names_a_registry() -> None:
    seen = set()
    named = []
    for path, text in text_files():
        seen.add(path.name)
        if REGISTRY.search(text) and path.name != Path(__file__).name:
            named.append(str(path.relative_to(ROOT)))
    assert named == []
    assert {"requirements.lock", "pyproject.toml", "run"} <= seen


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://mirror.example/simple",
        "--extra-index-url=https://mirror.example",
        f"https://files.{HOST}.org/packages/a.whl",
        f"url = 'http://mirror.example/api/{INDEX}/simple'",
        "[[tool.uv.index]]",
    ],
)
def test_a_registry_address_is_found(text: str) -> None:
    assert REGISTRY.search(text)
