"""Chaos: a campaign through real processes that are killed, stopped and cut off, and the proof."""
