"""One command or transition as a value: what to run, and how to read the answer.

Calls are built by pure functions and run by `runner.py`, blocking or async, alone or in a
pipeline. So each transition is written once for both worlds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from bulkwire.store.keys import Keys, WorkerKey
from bulkwire.store.scripts import Script, load_script

__all__ = ["Arg", "Call", "Reply", "command", "one_line", "text", "transition"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
LONGEST_WORD: Final = 80
Arg = str | bytes | int | float
Reply: TypeAlias = Any
"""What Redis sends: bytes, integers, None, and lists of them, as the call expects."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """What to send and how to read what comes back."""

    parts: tuple[Arg, ...]
    read: Callable[[Reply], T_co]
    script: Script | None = None

    @property
    def name(self) -> str:
        """The transition, or the command."""
        return self.script.name if self.script else str(self.parts[0])


def transition(
    name: str, keys: Keys | WorkerKey, *args: Arg, read: Callable[[Reply], T]
) -> Call[T]:
    """A call of the Lua file `name` for one account, or for one worker."""
    script = load_script(name)
    return Call(("EVALSHA", script.sha, 1, keys.anchor, *args), read, script)


def command(*parts: Arg, read: Callable[[Reply], T]) -> Call[T]:
    """A call of a plain Redis command."""
    return Call(parts, read)


def one_line(word: str) -> str:
    """A word from outside as a record's history can hold it: short, and on one line."""
    return "".join(c if c.isprintable() else " " for c in word[:LONGEST_WORD])


def text(value: Reply) -> str:
    """Redis's bytes as text; nothing as the empty text."""
    if value is None:
        return ""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
