"""A provider that behaves like the One API, for demos, tests and benchmarks. Never for production.

It listens on HTTP, remembers every message, moves statuses on over time and fails in the ways a
scenario file asks for. What it really took in can be read under `/_simulator/`.
"""
