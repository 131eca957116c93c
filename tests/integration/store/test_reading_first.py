"""Every script reads all the keys it will touch before its first write.

A slot on the move or a missing right stops a script where it stands, and nothing rolls back: so
that must happen before anything was written. The server itself tells what each script did.
"""

import re

import pytest

from bulkwire.store.scripts import script_names
from support.script_cases import CASES, READ_ONLY
from support.script_watch import WRITES, touched_late, watched
from support.store_world import World


@pytest.mark.parametrize("case", CASES)
def test_a_script_meets_every_key_before_it_writes(world: World, case: str) -> None:
    prepare, call = CASES[case]
    prepare(world)
    made = call(world)
    with watched(world.redis) as commands:
        world.run(made)
    assert commands
    assert case in READ_ONLY or any(command[0] in WRITES for command in commands)
    assert touched_late(commands) == []


def test_every_script_is_watched() -> None:
    # Repairs work on what breaks the rules: tests/integration/audit/test_repair_scripts.py.
    others = {name for name in script_names() if not name.startswith("repair_")}
    assert {re.split("[: ]", case)[0] for case in CASES} == others
