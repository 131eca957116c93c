"""Variables that look like settings of Bulkwire, and are none: nobody reads them."""

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from bulkwire.settings import PREFIX
from bulkwire_config.settings import WorkerSettings

__all__ = ["UnknownSetting", "unknown_settings"]

_ELSEWHERE: Final = ("FLOWER_USER", "FLOWER_PASSWORD", "REDIS_MAXMEMORY", "REDIS_APPENDFSYNC")
"""What Flower's configuration and docker-compose.yml read."""


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """A variable that nobody reads. Its value may be a key, so it is left out."""

    name: str
    close: str | None
    """The setting that it resembles."""


def unknown_settings(env_file: Path = Path(".env")) -> Iterator[UnknownSetting]:
    """Those of the environment and of `env_file`, in their order, each once."""
    known = [*(name.upper() for name in WorkerSettings.model_fields), *_ELSEWHERE]
    given = dict.fromkeys([*sorted(os.environ), *dotenv_values(env_file)])
    for name in given:
        if not name.upper().startswith(PREFIX):
            continue
        bare = name.upper().removeprefix(PREFIX)
        if bare not in known:
            close = difflib.get_close_matches(bare, known, n=1)
            yield UnknownSetting(name, f"{PREFIX}{close[0]}" if close else None)
