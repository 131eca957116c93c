"""The table of states: every command on a message in every state, and where it leads."""

from collections.abc import Callable, Mapping

import pytest

from bulkwire.outcomes import Accepted, Rejected, Unanswered, Unsent
from bulkwire.states import Category, State
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.steering import discard, redrive, resolve
from bulkwire.store.upkeep import move_due, reap
from support.store_world import World

STATES = [state for state in State if state != State.ARCHIVED]
Do = Callable[[World], object]


def _redrive(world: World) -> object:
    turn = int(world.record().get("turn", 0))
    return world.run(redrive(world.keys, [("m1", turn)]))


def _give_up(world: World) -> object:
    turn = int(world.record().get("turn", 0))
    return world.run(discard(world.keys, [("m1", turn)]))


def _due(world: World) -> object:
    world.make_due("m1")
    return world.run(move_due(world.keys))


def _lapse(world: World) -> object:
    world.lapse("b1")
    return world.run(reap(world.keys))


def _depart_and_lapse(world: World) -> object:
    world.depart()
    return _lapse(world)


def _claim_expired(world: World) -> object:
    world.redis.hset(world.keys.message("m1"), "expires_at", 1)
    world.make_due("m1")
    world.run(move_due(world.keys))
    return world.ask("b2")


def _claim_opted_out(world: World) -> object:
    world.redis.sadd(world.keys.single("suppressed"), "sms:27820000001")
    return world.ask("b2")


def _claim(world: World) -> object:
    return world.take("b2") if world.state() == State.QUEUED else world.ask("b2")


def _status(kind: StatusKind, api_id: str = "api1") -> Do:
    return lambda world: world.tell(kind, api_id=api_id, delay_ms=60_000)


def _settle(outcome: Accepted | Rejected | Unsent | Unanswered) -> Do:
    return lambda world: world.settle({"m1": outcome})


# What each command does to which state. What isn't here stays where it is.
TABLE: dict[str, tuple[Do, Mapping[str, str]]] = {
    "cancel": (
        lambda world: world.run(world.cancelling()),
        {"scheduled": "cancelled", "queued": "cancelled"},
    ),
    "redrive": (_redrive, {"dead": "queued"}),
    "discard a dead letter": (_give_up, {}),
    "resend": (
        lambda world: world.run(resolve(world.keys, [("m1", "b1")], resend=True)),
        {"in_doubt": "queued"},
    ),
    "discard": (
        lambda world: world.run(resolve(world.keys, [("m1", "b1")], resend=False)),
        {"in_doubt": "dead"},
    ),
    "due": (_due, {"scheduled": "queued"}),
    "claim": (_claim, {"queued": "sending"}),
    "claim, validity over": (_claim_expired, {"queued": "dead", "scheduled": "dead"}),
    "claim, opted out": (_claim_opted_out, {"queued": "suppressed"}),
    "lease lapses": (_lapse, {"sending": "queued"}),
    "lease lapses, departed": (_depart_and_lapse, {"sending": "in_doubt"}),
    "answer: accepted": (
        _settle(Accepted("api1")), {"sending": "accepted", "in_doubt": "accepted"},
    ),
    "answer: rejected": (
        _settle(Rejected("content", Category.CONTENT)), {"sending": "dead", "in_doubt": "dead"},
    ),
    "answer: surely not sent": (
        _settle(Unsent("refused")), {"sending": "queued", "in_doubt": "queued"},
    ),
    "answer: surely not sent, later": (
        _settle(Unsent("limit", 60_000)), {"sending": "scheduled", "in_doubt": "scheduled"},
    ),
    "no readable answer": (_settle(Unanswered("timeout")), {"sending": "in_doubt"}),
    "status_update: pending": (_status(StatusKind.PENDING), {}),
    "status_update: accepted": (_status(StatusKind.ACCEPTED), {"in_doubt": "accepted"}),
    "status_update: resend": (_status(StatusKind.RESEND), {"accepted": "scheduled"}),
    "status_update: unconfirmed": (_status(StatusKind.UNCONFIRMED), {"accepted": "unconfirmed"}),
    "status_update: dead": (
        _status(StatusKind.DEAD), {"accepted": "dead", "unconfirmed": "dead", "in_doubt": "dead"},
    ),
    "old status: accepted": (_status(StatusKind.ACCEPTED, "api0"), {"in_doubt": "accepted"}),
    "old status: resend": (_status(StatusKind.RESEND, "api0"), {}),
    "old status: unconfirmed": (_status(StatusKind.UNCONFIRMED, "api0"), {}),
    "old status: dead": (_status(StatusKind.DEAD, "api0"), {"in_doubt": "dead"}),
}  # fmt: skip
WAITING = ("scheduled", "queued", "sending", "accepted", "unconfirmed", "in_doubt")
for name, api_id in (("status", "api1"), ("old status", "api0")):
    TABLE[f"{name}: delivered"] = (
        _status(StatusKind.DELIVERED, api_id),
        dict.fromkeys([*WAITING, "dead"], "delivered"),
    )
    TABLE[f"{name}: read"] = (
        _status(StatusKind.READ, api_id),
        dict.fromkeys([*WAITING, "dead", "delivered"], "read"),
    )
    TABLE[f"{name}: emulated"] = (
        _status(StatusKind.EMULATED, api_id), dict.fromkeys(WAITING, "emulated"),
    )  # fmt: skip


@pytest.mark.parametrize("command", TABLE)
@pytest.mark.parametrize("state", STATES)
def test_every_command_leads_every_state_where_the_table_says(
    world: World, state: State, command: str
) -> None:
    do, leads_to = TABLE[command]
    world.bring(state)
    assert world.state() == state
    do(world)
    assert world.state() == leads_to.get(state, state)
    assert world.counts() == {str(world.state()): 1, "total": 1}
    again = world.dump()
    if command.startswith(("answer", "no ", "status", "old", "cancel", "res", "discard")):
        do(world)
        moving = {world.keys.single("poll")}
        assert {k: v for k, v in world.dump().items() if k not in moving} == {
            k: v for k, v in again.items() if k not in moving
        }
