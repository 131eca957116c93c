"""Sending: claim, depart, send, decide per message, settle."""
