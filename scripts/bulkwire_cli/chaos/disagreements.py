"""Writes down what is needed to find out why a message was lost or doubled."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage, read_message
from bulkwire.store.runner import Store
from bulkwire_cli.output import iso
from bulkwire_cli.simulator.client import AcceptedMessage

__all__ = ["write_disagreements"]


def write_disagreements(
    path: Path,
    disagreements: Sequence[str],
    store: Store,
    keys: Keys,
    ledger: Iterable[AcceptedMessage],
) -> None:
    """One JSON line for each disagreement that names a message (`id: what`): its record, its whole
    history, and when the provider took it in. No number, no text. Raises StoreError."""
    named = dict(line.split(": ", 1) for line in disagreements if ": " in line)
    taken: defaultdict[str, list[AcceptedMessage]] = defaultdict(list)
    for line in ledger:
        if line.clientMessageId in named:
            taken[line.clientMessageId].append(line)
    with path.open("w", encoding="utf-8") as file:
        for message_id, what in named.items():
            record = store.run(read_message(keys, message_id))
            study = {"id": message_id, "what": what, **_record(record)}
            study["ledger"] = list(_takings(taken[message_id]))
            file.write(json.dumps(study) + "\n")


def _record(record: StoredMessage | None) -> dict[str, Any]:
    if record is None:
        return {"state": None}
    return {
        "state": record.state,
        "on_doubt": record.on_doubt,
        "api_id": record.api_id,
        "turn": record.turn,
        "batch": record.batch,
        "history": [
            [iso(event.at), event.word, event.reason, event.batch] for event in record.history
        ],
    }


def _takings(lines: Iterable[AcceptedMessage]) -> Iterator[dict[str, Any]]:
    for line in lines:
        yield {
            "api_id": line.apiMessageId,
            "accepted_at_ms": line.accepted_at,
            "answered": line.answered,
            "final": line.final,
        }
