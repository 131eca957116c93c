"""What must hold for the store of an account at every moment."""

from typing import Any

from bulkwire.states import Priority, State
from bulkwire.store.auditing import check_page
from bulkwire.store.upkeep import read_extent
from support.ownership import ownerless
from support.store_world import Dump, World

__all__ = ["broken_rules"]


def broken_rules(world: World) -> list[str]:
    """Every rule that the database breaks, as a sentence."""
    dump = world.dump()
    short = {key.removeprefix(world.keys.prefix): value for key, value in dump.items()}
    records = {
        key.removeprefix("message:"): value
        for key, value in short.items()
        if key.startswith("message:")
    }
    return [
        *(f"nothing accounts for the key {key}" for key in ownerless(world.redis)),
        *_conservation(short, records),
        *_recount(world, short),
        *_indexes(short, records),
        *_leases(short, records),
    ]


def _conservation(short: Dump, records: dict[str, dict[str, str]]) -> list[str]:
    """`total` is the sum over all states, and each state's count is that of its records."""
    tallies = [("", "the account", dict(short.get("counts", {})))]
    for key, fields in short.items():
        if key.startswith("campaign:"):
            counts = {n.removeprefix("count:"): v for n, v in fields.items() if "count:" in n}
            tallies.append((key.removeprefix("campaign:"), key, counts))
    wrong = []
    for campaign, name, counts in tallies:
        total = int(counts.pop("total", 0))
        if total != sum(map(int, counts.values())):
            wrong.append(f"{name}: total {total} is not the sum of {counts}")
        mine = [
            r["state"] for r in records.values() if not campaign or r.get("campaign") == campaign
        ]
        for state in State:
            counted = int(counts.get(state, 0))
            if counted < 0:
                wrong.append(f"{name}: {counted} messages {state}")
            if state != State.ARCHIVED and counted != mine.count(state):
                wrong.append(f"{name}: {counted} {state} counted, {mine.count(state)} found")
    return wrong


def _recount(world: World, short: Dump) -> list[str]:
    """The audit finds nothing wrong, every record, and every archived one."""
    wrong = []
    states: dict[str, int] = {}
    for roll in short.get("rolls", {}):
        extent = world.run(read_extent(world.keys, roll))
        states[State.ARCHIVED] = states.get(State.ARCHIVED, 0) + extent.gone
        for page in extent.pages:
            checked = world.run(check_page(world.keys, roll, page))
            wrong += [f"{message_id}: {what}" for message_id, what in checked.wrong]
            if checked.overstated:
                wrong.append(f"{roll}/{page}: {checked.overstated} archived too many")
            for state, n in checked.states.items():
                states[state] = states.get(state, 0) + n
            states[State.ARCHIVED] = states.get(State.ARCHIVED, 0) + checked.archived
    counts: dict[str, Any] = dict(short.get("counts", {}))
    counts.pop("total", None)
    counted = {state: int(n) for state, n in counts.items() if int(n)}
    if counted != {state: n for state, n in states.items() if n}:
        wrong.append(f"counted {counted}, found in the rolls {states}")
    return wrong


def _indexes(short: Dump, records: dict[str, dict[str, str]]) -> list[str]:
    """Queued ids stand in their ready list, which has a turn; the other indexes hold their own."""
    wrong = []
    for message_id, record in records.items():
        if record["state"] == "queued":
            campaign = record.get("campaign", "")
            member = f"{record['channel']}:{campaign}"
            if message_id not in short.get(f"ready:{record['priority']}:{member}", []):
                wrong.append(f"{message_id}: queued, but not ready")
            runs = short.get(f"campaign:{campaign}", {}).get("state", "running") == "running"
            if runs and member not in short.get(f"turns:{record['priority']}", {}):
                wrong.append(f"{message_id}: ready, but its list has no turn")
    homes = {"poll": "accepted", "dead": "dead", "in_doubt": "in_doubt"}
    homes |= {f"due:{priority}": "scheduled" for priority in Priority}
    wrong += [
        f"{message_id}: stands in {index}, but is not {state}"
        for index, state in homes.items()
        for message_id in short.get(index, {})
        if records.get(message_id, {}).get("state") != state
    ]
    return wrong


def _leases(short: Dump, records: dict[str, dict[str, str]]) -> list[str]:
    """A message that is being sent is in exactly the one live batch that its record names."""
    leases = set(short.get("leases", {}))
    batches = {key.removeprefix("batch:") for key in short if key.startswith("batch:")}
    wrong = [f"{batch}: leased, but no such batch, or no lease" for batch in leases ^ batches]
    for message_id, record in records.items():
        if record["state"] != "sending":
            continue
        ids = short.get(f"batch:{record.get('batch')}", {}).get("ids", "").split(",")
        if ids.count(message_id) != 1:
            wrong.append(f"{message_id}: not in the batch that its record names")
    return wrong
