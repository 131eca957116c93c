"""The project's files, as the rules of tests/unit/rules look at them."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ROOT",
    "SOURCE_ROOTS",
    "Finding",
    "functions",
    "module_name",
    "python_files",
    "text_files",
]

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("producers", "workers", "config", "scripts")

_OURS_DESPITE_THE_DOT = {".ci", ".github"}
_NOT_OURS = {"__pycache__", "build", "dist"}


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule."""

    file: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


def python_files(*folders: str) -> list[Path]:
    """Every .py file below the given folders of the checkout."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def text_files() -> Iterator[tuple[Path, str]]:
    """Every text file of the checkout that is ours, without environments and caches."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if _is_ours(name)]
        for path in (Path(folder) / name for name in names):
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def module_name(path: Path) -> str:
    """The name a source file is imported by."""
    _root, *parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in a syntax tree, methods and inner functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_ours(folder: str) -> bool:
    return folder in _OURS_DESPITE_THE_DOT or not (folder.startswith(".") or folder in _NOT_OURS)
