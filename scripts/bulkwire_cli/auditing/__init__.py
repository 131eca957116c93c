"""The audit: proves from the records that every message is in exactly one state."""
