"""Who did what: the actions of operators, kept in the store. Capped, the oldest go first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bulkwire.store.call import Arg, Call, Reply, command, text
from bulkwire.store.keys import Keys

__all__ = ["OperatorAction", "note_action", "read_operator_log"]

ABOUT: Final = 10_000
"""Actions an account keeps; Redis trims in blocks, so there may be some more."""
_OWN: Final = frozenset({"who", "action"})


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """One line of the log. `details` are words, ids and counts: never a number or a text."""

    at: datetime
    account: str
    who: str
    action: str
    """The command, as in `dead redrive`."""
    details: Mapping[str, str]


def note_action(keys: Keys, who: str, action: str, details: Mapping[str, str]) -> Call[None]:
    """Writes an action down. Unlike a transition, run twice it stands there twice."""
    fields: list[Arg] = ["who", who, "action", action]
    for name, value in details.items():
        fields += [name, value]
    key = keys.single("operator_log")
    return command("XADD", key, "MAXLEN", "~", ABOUT, "*", *fields, read=lambda _: None)


def read_operator_log(keys: Keys, *, count: int) -> Call[list[OperatorAction]]:
    """The latest `count` actions, the latest first."""

    def read(answer: Reply) -> list[OperatorAction]:
        return [_action(keys.account, text(entry), fields) for entry, fields in answer]

    return command("XREVRANGE", keys.single("operator_log"), "+", "-", "COUNT", count, read=read)


def _action(account: str, entry: str, raw: Reply) -> OperatorAction:
    fields = _fields(raw)
    ms, _, _ = entry.partition("-")
    return OperatorAction(
        at=datetime.fromtimestamp(int(ms) / 1000, UTC),
        account=account,
        who=fields["who"],
        action=fields["action"],
        details={name: value for name, value in fields.items() if name not in _OWN},
    )


def _fields(raw: Reply) -> dict[str, str]:
    if isinstance(raw, Mapping):
        return {text(name): text(value) for name, value in raw.items()}
    flat: Sequence[Reply] = raw
    return {text(n): text(v) for n, v in zip(flat[::2], flat[1::2], strict=True)}
