"""Clickatell's One API over HTTP: the client, its answers, and what can go wrong."""
