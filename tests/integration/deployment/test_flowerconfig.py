"""Flower's configuration file, read the way Flower reads it."""

import json
import subprocess
import sys
from pathlib import Path

import bulkwire_config

CONFIG = Path(bulkwire_config.__file__).parent / "flowerconfig.py"
READ = """
import json, sys
from flower.options import options
options.parse_config_file(sys.argv[1], final=False)
print(json.dumps([options.basic_auth, options.persistent, options.max_tasks]))
"""


def read_config(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", READ, str(CONFIG)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_login_comes_from_the_environment_and_nothing_is_kept() -> None:
    login = {"BULKWIRE_FLOWER_USER": "anna", "BULKWIRE_FLOWER_PASSWORD": "a,b:c"}
    assert json.loads(read_config(login).stdout) == [["anna:a,b:c"], False, 10_000]


def test_the_user_has_a_default() -> None:
    (logins, *_) = json.loads(read_config({"BULKWIRE_FLOWER_PASSWORD": "secret"}).stdout)
    assert logins == ["bulkwire:secret"]


def test_without_a_password_flower_does_not_start() -> None:
    for environment in ({}, {"BULKWIRE_FLOWER_PASSWORD": ""}):
        done = read_config(environment)
        assert done.returncode == 1
        assert "BULKWIRE_FLOWER_PASSWORD is not set" in done.stderr
