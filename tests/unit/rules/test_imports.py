"""Importing any module does nothing: a new process imports one after the other and is looked at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support import import_probe
from support.source_tree import ROOT, SOURCE_ROOTS, module_name, python_files

# Flower runs this file as its configuration; nobody imports it.
NOT_MODULES = {"bulkwire_config.flowerconfig"}


def effects_of_importing(modules: list[str], path: list[Path]) -> dict[str, list[str]]:
    """What each module does when it is imported; those that do nothing are left out."""
    command = [sys.executable, "-B", import_probe.__file__, str(ROOT), *map(str, path)]
    done = subprocess.run(
        command, input=json.dumps(modules), capture_output=True, text=True, timeout=240, check=False
    )
    effects: dict[str, list[str]] = dict(map(json.loads, done.stdout.splitlines()))
    unseen = [module for module in modules if module not in effects]
    assert not unseen, f"importing {unseen[0]} ended the process: {done.stderr}"
    return {module: what for module, what in effects.items() if what}


def test_importing_a_module_does_nothing() -> None:
    files = python_files(*(str(path) for root in SOURCE_ROOTS for path in (ROOT / root).glob("b*")))
    modules = [name for name in map(module_name, files) if name not in NOT_MODULES]
    assert "bulkwire" in modules
    assert effects_of_importing(modules, [ROOT / root for root in SOURCE_ROOTS]) == {}


BAD = {
    "starts_a_thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "changes threads",
    ),
    "makes_a_socket": ("import socket\nsocket.socket()", "socket.__new__"),
    "starts_a_process": ("import subprocess\nsubprocess.run(['true'])", "subprocess.Popen"),
    "makes_a_celery_app": ("from celery import Celery\napp = Celery('bad')", "changes Celery apps"),
    "sets_a_variable": ("import os\nos.environ['BAD'] = '1'", "changes the environment"),
    "ignores_a_signal": (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "changes signal handlers",
    ),
    "sets_up_logging": ("import logging\nlogging.basicConfig()", "changes logging"),
    "reads_a_file": (
        "import pathlib\npathlib.Path(__file__).with_suffix('.lua').read_text()",
        "reads_a_file.lua",
    ),
    "writes_a_file": (
        "import pathlib\npathlib.Path(__file__).with_suffix('.out').write_text('')",
        "writes_a_file.out",
    ),
    "prints": ("print('hello')", "prints"),
    "fails": ("1 / 0", "raises ZeroDivisionError"),
    "exits": ("raise SystemExit(3)", "raises SystemExit"),
}


@pytest.fixture(scope="module")
def effects_of_bad_modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "reads_a_file.lua").write_text("return 1")
    for name, (source, _) in BAD.items():
        (folder / f"{name}.py").write_text(source)
        (folder / f"harmless_after_{name}.py").write_text("import json, threading\nX = 1")
    names = [each for name in BAD for each in (name, f"harmless_after_{name}")]
    return effects_of_importing(names, [folder])


@pytest.mark.parametrize("module", BAD)
def test_a_side_effect_of_an_import_is_found(
    effects_of_bad_modules: dict[str, list[str]], module: str
) -> None:
    _, effect = BAD[module]
    assert any(effect in what for what in effects_of_bad_modules[module])


def test_a_module_is_not_blamed_for_the_one_before_it(
    effects_of_bad_modules: dict[str, list[str]],
) -> None:
    assert set(effects_of_bad_modules) == set(BAD)


def test_a_module_that_ends_the_process_is_named(tmp_path: Path) -> None:
    (tmp_path / "harmless.py").write_text("X = 1")
    (tmp_path / "ends_it.py").write_text("import os\nos._exit(0)")
    with pytest.raises(AssertionError, match="importing ends_it ended the process"):
        effects_of_importing(["harmless", "ends_it"], [tmp_path])
