"""How many calls an audit makes in one pipeline, and how many ids it names in one call."""

from typing import Final

__all__ = ["CALLS_AT_ONCE", "IDS_A_CALL", "PAGES_AT_ONCE"]

CALLS_AT_ONCE: Final = 500
PAGES_AT_ONCE: Final = 20
"""A page has 200 messages: so many together take the server a few milliseconds each."""

IDS_A_CALL: Final = 250
"""The most that a script looks at."""
