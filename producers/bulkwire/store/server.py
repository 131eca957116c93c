"""What a server says of itself: its INFO, and which commands it knows."""

from collections.abc import Mapping
from typing import Final

from bulkwire.store.call import Call, Reply, command

__all__ = ["NEEDED_COMMANDS", "read_info", "read_missing_commands"]

# FCALL and ZMPOP came with Redis 7.0, and with them the flags of Lua scripts; WAITAOF with 7.2.
# Valkey has them all, though it calls itself redis_version 7.2.4 whatever it is.
NEEDED_COMMANDS: Final = ("fcall", "zmpop", "waitaof")


def read_info() -> Call[Mapping[str, object]]:
    """Every section of INFO, by field."""
    return command("INFO", read=dict)


def read_missing_commands() -> Call[tuple[str, ...]]:
    """The commands that Bulkwire builds on and the server doesn't know. Versions do not tell."""

    def read(answer: Reply) -> tuple[str, ...]:
        known = answer.values() if isinstance(answer, dict) else answer
        pairs = zip(NEEDED_COMMANDS, known, strict=True)
        return tuple(name for name, found in pairs if not found)

    return command("COMMAND", "INFO", *NEEDED_COMMANDS, read=read)
