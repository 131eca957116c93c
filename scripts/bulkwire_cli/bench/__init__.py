"""Benchmarks: each starts a server of its own, measures one thing, and judges it where it can."""
