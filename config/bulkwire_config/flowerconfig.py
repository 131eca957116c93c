"""Flower's configuration file: `bulkwire flower` hands it to Flower, which runs it at start.

The login comes from the environment, not from the command line, where every user of the machine
could read it. The address to listen on is set by the command: loopback, unless told otherwise.
"""

import os

_PASSWORD = os.environ.get("BULKWIRE_FLOWER_PASSWORD", "")
if not _PASSWORD:
    # Flower without a login lets everybody in, and everybody could shut workers down.
    raise SystemExit(
        "BULKWIRE_FLOWER_PASSWORD is not set: set it, or start with `bulkwire flower`."
    )

basic_auth = [f"{os.environ.get('BULKWIRE_FLOWER_USER') or 'bulkwire'}:{_PASSWORD}"]

# The store is the record of what happened to messages; Flower only watches tasks, which are
# wake-ups without content. It starts afresh and remembers the latest of them.
persistent = False
max_tasks = 10_000

# A worker that was replaced stays on the page for an hour.
purge_offline_workers = 3600
