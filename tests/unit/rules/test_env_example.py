"""`.env.example` is the table of settings: it names each one, with the default it really has."""

import re

from bulkwire_config.settings import WorkerSettings
from support.source_tree import ROOT

# Read by Flower's configuration file and by docker-compose.yml.
ELSEWHERE = {"flower_user", "flower_password", "redis_maxmemory", "redis_appendfsync"}

EXAMPLE = (ROOT / ".env.example").read_text()
LINES = re.findall(r"^(# )?BULKWIRE_([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE)


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    named = {name.lower() for _, name, _ in LINES}
    assert named == set(WorkerSettings.model_fields) | ELSEWHERE


def test_a_commented_line_shows_the_default() -> None:
    shown = {name.lower(): value for comment, name, value in LINES if comment}
    wrong = {
        name: (shown[name], field.default)
        for name, field in WorkerSettings.model_fields.items()
        if name in shown and isinstance(field.default, bool | int | float | str)
        if shown[name].lower() != str(field.default).removesuffix(".0").lower()
    }
    assert wrong == {}
