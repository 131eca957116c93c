"""The Lua files, put together with what they include.

A transition's file says at its top which files of `lua/lib/` it needs (`@include`) and whether
it may run on a server that is out of memory. All but enqueue may: otherwise a full server would
send and record nothing.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bulkwire.store.keys import lua_keys

__all__ = ["Script", "load_script", "script_names"]

_INCLUDE = re.compile(r"^-- @include (.+)$", re.MULTILINE)
_KEY = re.compile(r"\bK\.(\w+)")
_OOM_DENIED = re.compile(r"^-- @oom deny$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """One transition, ready for `EVALSHA`."""

    name: str
    source: str
    sha: str


@cache
def load_script(name: str) -> Script:
    """The script of the transition `name`, read once a process."""
    folder = files("bulkwire.store") / "lua"
    body = (folder / f"{name}.lua").read_text("utf-8")
    libraries = [
        (folder / "lib" / f"{library}.lua").read_text("utf-8")
        for line in _INCLUDE.findall(body)
        for library in line.split()
    ]
    shebang = "#!lua" if _OOM_DENIED.search(body) else "#!lua flags=allow-oom"
    parts = [*libraries, body]
    names = {name for part in parts for name in _KEY.findall(part)}
    source = "\n".join([shebang, lua_keys(names), *parts])
    # Redis names scripts by their SHA-1; nothing is secured by it.
    sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
    return Script(name, source, sha)


def script_names() -> tuple[str, ...]:
    """Every transition there is, by file name."""
    folder = files("bulkwire.store") / "lua"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".lua") for name in names if name.endswith(".lua")))
