"""The store of an account read in the model's terms, to be compared with it."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

from redis import Redis

from bulkwire.states import Channel, OnDoubt, Priority, State
from bulkwire.store.keys import Keys
from support.model.moving import CLOCK
from support.model.values import Batch, Campaign, Hold, Model, Place, Record, When

__all__ = ["Portrait", "differences", "look_at", "portrait"]

_EVENT_TIME: Final = re.compile(r"^\d{13}(?= )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Portrait:
    """All that the model and the store have to agree on. Ticks are left out."""

    records: Mapping[str, Record]
    ready: Mapping[Place, tuple[str, ...]]
    batches: Mapping[str, Batch]
    campaigns: Mapping[str, Campaign]
    holds: Mapping[str, Hold]
    redrives: frozenset[str]
    streaks: Mapping[str, int]
    lifted: Mapping[str, str]
    suppressed: frozenset[str]
    counts: Mapping[tuple[str, str], int]
    """By campaign ("" for the account) and state; also `total`."""


def portrait(model: Model) -> Portrait:
    """The model as the store should look."""
    counts: Counter[tuple[str, str]] = Counter()
    places = [(r.campaign, r.state) for r in model.records.values()]
    places += [(c or None, State.ARCHIVED) for c, n in model.archived.items() for _ in range(n)]
    for campaign, state in places:
        for owner in {"", campaign or ""}:
            counts[owner, state] += 1
            counts[owner, "total"] += 1
    return Portrait(
        {one: replace(record, accepted_at=0) for one, record in model.records.items()},
        {place: ids for place, ids in model.ready.items() if ids},
        {name: replace(batch, claimed_at=0) for name, batch in model.batches.items()},
        {name: replace(campaign, resumed_at=-1) for name, campaign in model.campaigns.items()},
        {name: replace(hold, since=0) for name, hold in model.holds.items()},
        frozenset(model.redrives),
        model.streaks,
        model.lifted,
        model.suppressed,
        dict(counts),
    )


def look_at(redis: Redis, keys: Keys) -> Portrait:
    """What the store holds now."""
    now, values = _read(redis, keys.prefix)

    def family(name: str) -> dict[str, Any]:
        start = name + ":"
        return {k.removeprefix(start): v for k, v in values.items() if k.startswith(start)}

    leases = values.get("leases", {})
    health = values.get("health", {})
    due = {**values.get("poll", {})}
    for scores in family("due").values():
        due |= scores
    records = {
        one: _record(fields, _when(due.get(one), now), one in values.get("dead", {}), now)
        for one, fields in family("message").items()
    }
    return Portrait(
        records,
        {_place(name): tuple(ids) for name, ids in family("ready").items()},
        {name: _batch(fields, leases.get(name), now) for name, fields in family("batch").items()},
        {name: _campaign(fields) for name, fields in family("campaign").items()},
        {name: _hold(json.loads(text), now) for name, text in values.get("holds", {}).items()},
        frozenset(values.get("redrives", {})),
        {n: int(v) for n, v in health.items() if not n.startswith(("balance", "lifted"))},
        {
            name.removeprefix("lifted:"): said.split(" ", 1)[1]
            for name, said in health.items()
            if name.startswith("lifted:")
        },
        frozenset(values.get("suppressed", ())),
        _counts(values.get("counts", {}), family("campaign")),
    )


def _read(redis: Redis, prefix: str) -> tuple[int, dict[str, Any]]:
    """The clock in ms, and every key without its prefix, in three round trips."""
    client: Any = redis
    names = sorted(client.keys("*"))
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.type(name)
        pipeline.time()
        *types, (seconds, micros) = pipeline.execute()
    with client.pipeline(transaction=False) as pipeline:
        for name, kind in zip(names, types, strict=True):
            match kind:
                case b"hash":
                    pipeline.hgetall(name)
                case b"zset":
                    pipeline.zrange(name, 0, -1, withscores=True)
                case b"set":
                    pipeline.smembers(name)
                case _:
                    pipeline.lrange(name, 0, -1)
        found = pipeline.execute()
    values = {
        name.decode().removeprefix(prefix): _plain(v) for name, v in zip(names, found, strict=True)
    }
    return seconds * 1000 + micros // 1000, values


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name.decode(): inner.decode() for name, inner in value.items()}
        case set():
            return {one.decode() for one in value}
        case [[_, float()], *_] | [(_, float()), *_]:
            return {name.decode(): score for name, score in value}
    return [one.decode() for one in value]


def _when(at: float | None, now: int) -> When:
    if at is None:
        return When.NEVER
    return When.NOW if at <= now else When.LATER


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _record(known: Mapping[str, str], due: When, listed: bool, now: int) -> Record:
    def number(name: str) -> int:
        return int(known.get(name, 0))

    roll = known["page"].rpartition("/")[0]
    return Record(
        state=State(known["state"]),
        recipient=known["recipient"],
        channel=Channel(known["channel"]),
        priority=Priority(known["priority"]),
        campaign=known.get("campaign"),
        roll=roll,
        token=known["token"],
        fingerprint=known["fingerprint"],
        on_doubt=OnDoubt(known.get("on_doubt", OnDoubt.HOLD)),
        expiry=_when(float(known["expires_at"]), now) if "expires_at" in known else When.NEVER,
        due=due,
        turn=number("turn"),
        batch=known.get("batch"),
        api_id=known.get("api_id"),
        status=known.get("status"),
        attempts=number("attempts"),
        refusals=number("refusals"),
        lapses=number("lapses"),
        alone=known.get("alone") == "1",
        resent=known.get("resent") == "1",
        listed=listed,
        discarded=known.get("discarded") == "1",
        reason=known.get("reason"),
        category=known.get("category"),
        code=known.get("code"),
        request=known.get("request"),
        has_payload="payload" in known,
        history=_EVENT_TIME.sub(CLOCK, known["history"]),
    )


def _place(name: str) -> Place:
    priority, channel, campaign = name.split(":")
    return Priority(priority), Channel(channel), campaign


def _batch(known: Mapping[str, str], deadline: float | None, now: int) -> Batch:
    return Batch(
        ids=tuple(known["ids"].split(",")),
        channel=Channel(known["channel"]),
        campaign=known["campaign"],
        trial=known["trial"] == "1",
        lapsed=deadline is None or deadline <= now,
        departed=_number(known.get("departed")),
        leaving=tuple(filter(None, known.get("leaving", "").split(","))),
        ended=_number(known.get("ended")),
        said_again="said_again" in known,
        prolonged="prolonged" in known,
        unanswered="unanswered" in known,
        slowed=_number(known.get("slowed")),
    )


def _campaign(known: Mapping[str, str]) -> Campaign:
    return Campaign(known["state"], int(known.get("version", 0)), salt=known.get("salt"))


def _hold(known: Mapping[str, Any], now: int) -> Hold:
    return Hold(
        reason=known["reason"],
        channel=Channel(known["channel"]) if "channel" in known else None,
        since=0,
        batch=known.get("batch", ""),
        streak=known["streak"],
        probe=_when(known.get("probe_at"), now),
        ends=_when(known.get("ends_at"), now),
        trial=known.get("trial"),
        breaker=known.get("breaker"),
        redrive=known.get("redrive", False),
        balance=known.get("balance"),
    )


def _counts(
    account: Mapping[str, str], campaigns: Mapping[str, Mapping[str, str]]
) -> dict[tuple[str, str], int]:
    counts = {("", state): int(n) for state, n in account.items()}
    for name, known in campaigns.items():
        for field, n in known.items():
            if field.startswith("count:"):
                counts[name, field.removeprefix("count:")] = int(n)
    return {owner: n for owner, n in counts.items() if n}


def differences(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Where two portraits differ, one line each."""
    if found == wanted:
        return []
    if is_dataclass(wanted) and type(found) is type(wanted):
        pairs = [(f.name, getattr(found, f.name), getattr(wanted, f.name)) for f in fields(wanted)]
    elif isinstance(wanted, Mapping) and isinstance(found, Mapping):
        names = sorted({*found, *wanted}, key=str)
        pairs = [(str(name), found.get(name), wanted.get(name)) for name in names]
    else:
        return [f"{where}: is {found!r}, should be {wanted!r}"]
    return [line for name, a, b in pairs for line in differences(a, b, f"{where}.{name}")]
