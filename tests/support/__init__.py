"""Helpers that tests import: `from support import wait_until`."""

from support.waiting import eventually, wait_until

__all__ = ["eventually", "wait_until"]
