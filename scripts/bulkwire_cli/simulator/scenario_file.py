"""Read a scenario: one shipped with the simulator by name, or a TOML file by path."""

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bulkwire_cli.simulator.scenario import Scenario

__all__ = ["ScenarioError", "load_scenario", "parse_scenario", "parse_toml", "shipped_scenarios"]

_NAME: Final = re.compile(r"[a-z0-9_-]+")


class ScenarioError(ValueError):
    """A scenario that cannot be used; one line per fault, each with the file and the key path."""


def shipped_scenarios() -> list[str]:
    """The names that `load_scenario` knows."""
    folder = resources.files(__package__).joinpath("scenarios")
    return sorted(
        file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")
    )


def load_scenario(name_or_path: str) -> Scenario:
    """The scenario of that name, else of that path. Raises ScenarioError."""
    if _NAME.fullmatch(name_or_path) and name_or_path in shipped_scenarios():
        folder = resources.files(__package__).joinpath("scenarios")
        return parse_toml(folder.joinpath(f"{name_or_path}.toml").read_bytes(), name_or_path)
    try:
        content = Path(name_or_path).read_bytes()
    except OSError as error:
        msg = (
            f"{name_or_path}: cannot be read ({error.strerror}); give the path of a TOML file "
            f"or one of: {', '.join(shipped_scenarios())}"
        )
        raise ScenarioError(msg) from None
    return parse_toml(content, name_or_path)


def parse_toml(content: bytes, source: str) -> Scenario:
    """The scenario in TOML text (UTF-8). Raises ScenarioError."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        msg = f"{source}: not UTF-8 text; save the file as UTF-8"
        raise ScenarioError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"{source}: not TOML: {error}"
        raise ScenarioError(msg) from None
    return parse_scenario(table, source)


def parse_scenario(table: dict[str, Any], source: str) -> Scenario:
    """The scenario in parsed TOML or JSON. Raises ScenarioError."""
    try:
        return Scenario.model_validate(table)
    except ValidationError as error:
        lines = [
            f"{source}: {_path(fault['loc'])}: {_message(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False, include_context=False)
        ]
        raise ScenarioError("\n".join(lines)) from None


def _path(place: tuple[int | str, ...]) -> str:
    """`rules[0].code`; pydantic marks a fault in a table's key with an extra `[key]`."""
    path = ""
    for part in place:
        if part == "[key]":
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".") or "the file"


def _message(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "no such key; remove it or correct its spelling"
    return message.removeprefix("Value error, ")
