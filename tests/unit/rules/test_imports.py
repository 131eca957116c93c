"""Importing any module does nothing: each one is imported by a process that has not seen it yet."""

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
        command, input=json.dumps(modules), capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    effects: dict[str, list[str]] = json.loads(done.stdout)
    assert effects.keys() == set(modules)
    return {module: what for module, what in effects.items() if what}


def test_importing_a_module_does_nothing() -> None:
    files = python_files(*(str(path) for root in SOURCE_ROOTS for path in (ROOT / root).glob("b*")))
    modules = [name for name in map(module_name, files) if name not in NOT_MODULES]
    assert "bulkwire" in modules
    assert effects_of_importing(modules, [ROOT / root for root in SOURCE_ROOTS]) == {}


@pytest.mark.parametrize(
    ("source", "effect"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(5,)).start()",
            "thread",
        ),
        ("import socket\nsocket.socket()", "socket"),
        ("import subprocess\nsubprocess.run(['true'])", "subprocess.Popen"),
        ("from celery import Celery\nCelery('example')", "Celery app"),
        ("import os\nos.environ['EXAMPLE'] = '1'", "environment"),
        ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)", "signal"),
        ("import logging\nlogging.basicConfig()", "logging"),
        ("import pathlib\npathlib.Path(__file__).with_suffix('.lua').read_text()", "example.lua"),
        (
            "import pathlib\npathlib.Path(__file__).with_suffix('.out').write_text('')",
            "example.out",
        ),
        ("print('hello')", "prints"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_side_effect_of_an_import_is_found(tmp_path: Path, source: str, effect: str) -> None:
    (tmp_path / "example.py").write_text(source)
    (tmp_path / "example.lua").write_text("return 1")
    effects = effects_of_importing(["example"], [tmp_path])
    assert any(effect in what for what in effects["example"])
