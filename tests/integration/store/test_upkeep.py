"""What upkeep does: due times, archiving, and checking that everything adds up."""

from typing import Any

from bulkwire.outcomes import Accepted
from bulkwire.states import Priority, State
from bulkwire.store.auditing import PageChecked, check_page
from bulkwire.store.call import Call
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.upkeep import Archived, Due, archive_page, move_due
from support.store_world import World

ROLL = "c:spring"
DAY = 86_400_000


def archive(world: World, keep_ms: int = 0, keep_dead_ms: int = 0) -> Call[Archived]:
    return archive_page(world.keys, ROLL, 0, retention_ms=keep_ms, dead_retention_ms=keep_dead_ms)


def put(world: World, message_id: str, **more: Any) -> None:
    world.put(message_id, campaign="spring", to=f"27{message_id}", **more)


def test_what_is_due_becomes_ready(world: World) -> None:
    later = world.now() + 60_000
    put(world, "m1", send_at_ms=later)
    put(world, "m2", send_at_ms=later + 60_000)
    world.make_due("m1")
    answer, changes = world.changes(move_due(world.keys), answer_differs=True)
    assert (answer.moved, answer.more) == (1, False)
    assert answer.next_in_ms is not None
    assert 80_000 < answer.next_in_ms <= 120_000
    assert changes == {
        "message:m1": {
            "state": "queued", "turn": "1", "queued_at": "T", "reason": "due",
            "history": "T scheduled \nT queued due",
        },
        "due:normal": {"m1": None},
        "ready:normal:sms:spring": ["m1"],
        "turns:normal": {"sms:spring": 0.0},
        "counts": {"scheduled": "1", "queued": "1"},
        "campaign:spring": {"count:scheduled": "1", "count:queued": "1"},
    }  # fmt: skip


def test_what_is_due_too_late_is_dead(world: World) -> None:
    put(world, "m1", send_at_ms=world.now() + 60_000, validity_ms=1)
    world.redis.hset(world.keys.message("m1"), "expires_at", 1)
    world.make_due("m1")
    answer, changes = world.changes(move_due(world.keys))
    assert answer == Due(moved=0, more=False, next_in_ms=None)
    assert changes["message:m1"]["category"] == "expired"
    assert changes["dead"] == {"m1": "T"}


def test_nothing_is_moved_before_its_time_nor_when_the_record_denies_it(world: World) -> None:
    put(world, "m1")
    world.redis.zadd(world.keys.family("due", "normal"), {"m1": 1, "unknown": 1})
    answer, changes = world.changes(move_due(world.keys))
    assert answer == Due(moved=0, more=False, next_in_ms=None)
    assert changes == {"due:normal": None}


def test_at_most_250_due_messages_move_at_once_the_urgent_first(world: World) -> None:
    later = world.now() + 60_000
    for n in range(255):
        put(world, f"m{n}", send_at_ms=later)
        world.make_due(f"m{n}")
    put(world, "code", send_at_ms=later, priority=Priority.HIGH)
    world.make_due("code", Priority.HIGH)
    first = world.run(move_due(world.keys))
    assert (first.moved, first.more, first.next_in_ms) == (250, True, 0)
    assert world.state("code") == State.QUEUED
    assert world.run(move_due(world.keys)) == Due(6, more=False, next_in_ms=None)


def finished(world: World) -> None:
    """One message of the campaign in each state that a roll may hold."""
    for name in ("done", "dead", "unconfirmed", "doubt", "waiting"):
        put(world, name)
    world.take()
    world.settle({name: Accepted(f"api-{name}") for name in ("done", "dead", "unconfirmed")})
    for name, kind in (
        ("done", StatusKind.DELIVERED),
        ("dead", StatusKind.DEAD),
        ("unconfirmed", StatusKind.UNCONFIRMED),
    ):
        world.tell(kind, name, api_id=f"api-{name}")
    put(world, "cancelled")
    world.run(world.cancelling("cancelled"))


def test_what_has_been_final_for_long_enough_is_only_counted(world: World) -> None:
    finished(world)
    answer, changes = world.changes(archive(world), answer_differs=True)
    assert answer == Archived(archived=4, left=2)
    assert changes == {
        "message:done": None, "message:dead": None, "message:unconfirmed": None,
        "message:cancelled": None,
        "dead": None,
        "roll_pages:c:spring": {"archived:0": "4"},
        "counts": {
            "delivered": "0", "dead": "0", "unconfirmed": "0", "cancelled": "0", "archived": "4",
        },
        "campaign:spring": {
            "count:delivered": "0", "count:dead": "0", "count:unconfirmed": "0",
            "count:cancelled": "0", "count:archived": "4",
        },
    }  # fmt: skip


def test_dead_letters_are_kept_for_their_own_time_and_others_for_theirs(world: World) -> None:
    finished(world)
    assert world.run(archive(world, DAY, DAY)) == Archived(archived=0, left=6)
    assert world.run(archive(world, 0, DAY)) == Archived(archived=3, left=3)
    assert world.state("dead") == State.DEAD


def test_a_message_taken_in_again_after_archiving_is_archived_and_checked_once(
    world: World,
) -> None:
    for _ in range(2):
        put(world, "m1")
        world.run(world.cancelling())
        assert world.run(check_page(world.keys, ROLL, 0)).states == {State.CANCELLED: 1}
        assert world.run(archive(world)) == Archived(archived=1, left=0)
    assert world.counts() == {"archived": 2, "total": 2}
    assert world.run(check_page(world.keys, ROLL, 0)) == PageChecked(2, 2, {}, (), {})


def test_checking_a_page_tells_every_state_and_changes_nothing(world: World) -> None:
    finished(world)
    answer, changes = world.changes(check_page(world.keys, ROLL, 0))
    assert changes == {}
    assert (answer.ids, answer.archived, answer.wrong, answer.queued) == (6, 0, (), {})
    states = ("delivered", "dead", "unconfirmed", "in_doubt", "sending", "cancelled")
    assert answer.states == {State(s): 1 for s in states if s != "in_doubt"} | {State.SENDING: 2}


def test_checking_names_the_ids_that_break_the_rules(world: World) -> None:
    states = ("scheduled", "accepted", "in_doubt", "dead", "sending")
    for name in (*states, "lost"):
        put(world, name)
    before = world.dump()
    for name in states:
        world.redis.hset(world.keys.message(name), "state", name)
    world.redis.hset(world.keys.message("accepted"), "accepted_at", world.now())
    world.redis.delete(world.keys.message("lost"))
    checked = world.run(check_page(world.keys, ROLL, 0))
    for name in (*states, "lost"):
        world.redis.hset(world.keys.message(name), mapping=before[world.keys.message(name)])
    assert dict(checked.wrong) == {
        "scheduled": "scheduled, but has no due time",
        "accepted": "accepted, but has no next status check",
        "in_doubt": "in doubt, but not listed",
        "dead": "dead, but not listed",
        "sending": "sending, but in no batch",
        "lost": "taken in, but has no record and was not archived",
    }
