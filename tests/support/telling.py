"""What a test in full size measured, for whoever runs it."""

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Tell"]

Tell: TypeAlias = Callable[[str], None]
"""Prints a line, past pytest's capturing, where the test bears the mark `full`."""
