"""The circuit breaker: 300 failures in a row hold a channel until a message really succeeds."""

import json
from collections.abc import Iterator
from itertools import count

import pytest

from bulkwire.outcomes import Accepted, Outcome, Rejected
from bulkwire.states import Category, Channel, State
from bulkwire.store.sending import settle
from bulkwire.store.status_updates import StatusKind, StatusUpdate, write_status_updates
from bulkwire.store.steering import Hold, HoldReason, read_holds
from support.store_world import World

CONTENT = Rejected("invalid_parameter", Category.CONTENT, code=23)
TAKEN = Accepted("api")
_numbers: Iterator[int] = count()


def hold(world: World) -> Hold | None:
    found = world.run(read_holds(world.keys))
    return found[0] if found else None


def put(world: World, messages: int, channel: Channel = Channel.SMS) -> None:
    for _ in range(messages):
        n = next(_numbers)
        world.put(f"m{n}", to=f"2782{n:07d}", channel=channel)


def send(world: World, *outcomes: Outcome) -> str:
    """Takes one batch of those that wait and settles them like that; answers the batch."""
    batch = f"b{next(_numbers)}"
    messages = world.take(batch).messages
    world.depart(batch)
    told = {m.id: outcomes[i % len(outcomes)] for i, m in enumerate(messages)}
    told = {i: Accepted(f"api-{i}") if o is TAKEN else o for i, o in told.items()}
    world.settle(told, batch)
    return batch


def rejected(world: World, messages: int, outcome: Outcome = CONTENT) -> None:
    put(world, messages)
    for _ in range(-(-messages // 100)):
        send(world, outcome)


def accepted(world: World, messages: int) -> list[str]:
    """So many accepted messages, by id."""
    put(world, messages)
    for _ in range(-(-messages // 100)):
        send(world, TAKEN)
    return list(world.value(world.keys.single("poll")) or {})


def fail(world: World, ids: list[str], category: Category = Category.TEMPLATE) -> None:
    for begin in range(0, len(ids), 100):
        updates = [
            StatusUpdate(one, f"api-{one}", StatusKind.DEAD, "BAD", "BAD", category)
            for one in ids[begin : begin + 100]
        ]
        world.run(write_status_updates(world.keys, updates))


def arrive(world: World, message_id: str) -> None:
    update = StatusUpdate(message_id, f"api-{message_id}", StatusKind.DELIVERED, "DEVICE_ACK")
    assert world.run(write_status_updates(world.keys, [update])) == [State.DELIVERED]


def let_probe_come(world: World) -> None:
    key = world.keys.single("holds")
    for field, value in world.value(key).items():
        world.redis.hset(key, field, json.dumps({**value, "probe_at": 1}))


@pytest.mark.parametrize("category", [Category.ACCOUNT, Category.TEMPLATE, Category.CONTENT])
def test_300_rejections_in_a_row_hold_their_channel(world: World, category: Category) -> None:
    rejected(world, 299, Rejected("bad", category))
    assert hold(world) is None
    rejected(world, 1, Rejected("worse", category))
    found = hold(world)
    assert found is not None
    assert (found.field, found.breaker, found.by) == ("refused:sms", "rejected", "worker")
    assert found.why == "circuit_breaker: 300 rejected in a row, the last for worse"
    assert found.probe_at_ms is not None
    assert 0 < found.probe_at_ms - found.since_ms <= 5_000


@pytest.mark.parametrize(
    "outcome",
    [
        Rejected("invalid_recipient", Category.RECIPIENT),
        Rejected("internal_error", Category.EXHAUSTED),
        Rejected("insufficient_account_balance", Category.ACCOUNT, code=20),
    ],
)
def test_rejections_of_other_kinds_hold_nothing(world: World, outcome: Outcome) -> None:
    rejected(world, 400, outcome)
    assert hold(world) is None


def test_one_acceptance_among_them_begins_the_count_anew(world: World) -> None:
    rejected(world, 299)
    put(world, 100)
    send(world, *([CONTENT] * 50 + [TAKEN] + [CONTENT] * 49))
    rejected(world, 299)
    assert hold(world) is None
    rejected(world, 1)
    assert hold(world) is not None


def test_settling_again_counts_nothing_twice(world: World) -> None:
    put(world, 100)
    batch = world.take("b").messages
    world.depart("b")
    call = settle(world.keys, "b", 1, {m.id: CONTENT for m in batch}, first_check_ms=5_000)
    _, changes = world.changes(call)
    assert changes["health"] == {"rejected:sms": "100"}


def test_a_channel_that_fails_leaves_the_other_alone(world: World) -> None:
    put(world, 300, Channel.WHATSAPP)
    for _ in range(3):
        send(world, CONTENT)
    put(world, 1)
    assert [h.field for h in world.run(read_holds(world.keys))] == ["refused:whatsapp"]
    assert len(world.take("b1").messages) == 1


def test_accepted_messages_that_all_fail_by_their_status_hold_their_channel(world: World) -> None:
    first = accepted(world, 299)
    fail(world, first)
    last = accepted(world, 1)
    fail(world, last)
    found = hold(world)
    assert found is not None
    assert (found.field, found.breaker) == ("refused:sms", "failed")
    assert found.why == "circuit_breaker: 300 failed in a row, the last for BAD"


def test_one_delivery_begins_the_count_of_failing_statuses_anew(world: World) -> None:
    ids = accepted(world, 500)
    fail(world, ids[:299])
    arrive(world, ids[299])
    fail(world, ids[300:])
    assert hold(world) is None


def test_news_told_again_count_nothing_twice(world: World) -> None:
    ids = accepted(world, 100)
    fail(world, ids)
    fail(world, ids)
    assert world.value(world.keys.single("health")) == {"failed:sms": "100"}


def test_undelivered_messages_and_unreachable_recipients_hold_nothing(world: World) -> None:
    ids = accepted(world, 400)
    fail(world, ids[:200], Category.UNDELIVERED)
    fail(world, ids[200:], Category.RECIPIENT)
    assert hold(world) is None


def test_only_an_acceptance_lifts_what_rejections_tripped(world: World) -> None:
    rejected(world, 300)
    put(world, 3)
    let_probe_come(world)
    send(world, Rejected("bad template", Category.TEMPLATE))
    found = hold(world)
    assert found is not None
    assert found.streak == 1
    assert found.probe_at_ms is not None
    assert 1_000 < found.probe_at_ms - world.now() <= 10_000
    let_probe_come(world)
    # Who can't be reached tells nothing about the rest: another message tries at once.
    send(world, Rejected("invalid_recipient", Category.RECIPIENT))
    assert hold(world) is not None
    send(world, TAKEN)
    assert hold(world) is None


def test_only_a_delivery_lifts_what_failing_statuses_tripped(world: World) -> None:
    late = accepted(world, 301)[0]
    fail(world, [one for one in accepted(world, 0) if one != late])
    assert hold(world) is not None
    put(world, 2)
    let_probe_come(world)
    send(world, TAKEN)
    assert hold(world) is not None
    arrive(world, late)
    assert hold(world) is not None, "what was accepted before proves nothing"
    (trial,) = accepted(world, 0)
    fail(world, [trial])
    found = hold(world)
    assert found is not None
    assert found.streak == 1
    let_probe_come(world)
    send(world, TAKEN)
    arrive(world, accepted(world, 0)[0])
    assert hold(world) is None


def test_what_was_on_its_way_when_it_tripped_counts_nothing_afterwards(world: World) -> None:
    ids = accepted(world, 500)
    fail(world, ids)
    found = hold(world)
    assert found is not None
    assert found.streak == 0
    assert world.value(world.keys.single("health")) is None


def test_a_rejection_for_a_reason_of_its_own_shows_that_a_rate_is_over_but_not_that_there_is_money(
    world: World,
) -> None:
    for reason in (HoldReason.RATE, HoldReason.BALANCE):
        world.hold(reason, probe_in_ms=0)
    put(world, 2)
    send(world, Rejected("invalid_recipient", Category.RECIPIENT))
    assert [h.reason for h in world.run(read_holds(world.keys))] == [HoldReason.BALANCE]
    send(world, TAKEN)
    assert hold(world) is None
