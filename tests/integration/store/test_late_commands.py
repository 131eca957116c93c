"""Commands whose client hung up still run later, when the world has moved on: they do no harm."""

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category, Channel, State
from bulkwire.store.call import Call
from bulkwire.store.recovering import Reasserted, Taken, reassert
from bulkwire.store.sending import Verdict, Waiting, claim, depart, recall, renew, settle
from bulkwire.store.status_updates import StatusKind, StatusUpdate, write_status_updates
from bulkwire.store.steering import redrive, resolve
from bulkwire.store.upkeep import move_due, reap
from support.store_world import AT_ONCE, World


def settling(world: World, outcome: Outcome, batch: str = "b1") -> Call[dict[str, State | None]]:
    return settle(world.keys, batch, 1, {"m1": outcome}, first_check_ms=5_000)


def leased_anew(world: World) -> None:
    """`b1` lapsed before it departed, and `b2` has the message now."""
    world.put()
    world.take("b1")
    world.lapse("b1")
    world.run(reap(world.keys))
    world.take("b2")


def test_a_claim_that_runs_again_answers_its_batch_and_takes_nothing_more(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}")
    call = claim(world.keys, "b1", terms=AT_ONCE)
    first, _ = world.changes(call)
    world.put("m4", to="2799")
    world.put("m5", to="2799")
    second, changes = world.changes(call)
    assert (second, changes) == (first, {})


def test_a_claim_that_runs_again_when_nothing_of_its_batch_is_left_says_to_claim_again(
    world: World,
) -> None:
    world.put()
    call = claim(world.keys, "b1", terms=AT_ONCE)
    world.run(call)
    world.tell(StatusKind.DELIVERED)
    assert world.changes(call) == (Waiting(0), {})


def test_a_claim_that_comes_back_from_the_dead_only_delays(world: World) -> None:
    world.put()
    call = claim(world.keys, "b1", terms=AT_ONCE)
    world.run(call)
    world.settle({"m1": Unsent("busy")})
    world.run(call)
    world.lapse("b1")
    assert world.run(reap(world.keys)).put_back == 1
    assert world.state() == State.QUEUED


def test_settling_a_batch_that_was_taken_over_only_adds_to_the_history(world: World) -> None:
    outcomes: list[Outcome] = [
        Unsent("refused"),
        Unsent("limit", 5_000),
        Unanswered("timeout"),
        Rejected("content", Category.CONTENT, suppress=True),
        Accepted("api1"),
    ]
    leased_anew(world)
    for outcome in outcomes:
        answer, changes = world.changes(settling(world, outcome))
        assert answer == {"m1": State.SENDING}
        assert {key: list(fields) for key, fields in changes.items()} in (
            {},
            {"message:m1": ["history"]},
        )
    assert world.record()["batch"] == "b2"
    assert [line.split(" ", 1)[1] for line in world.record()["history"].split("\n")][-2:] == [
        "late_answer rejected content",
        "late_answer accepted ",
    ]


def test_departing_renewing_and_recalling_a_lost_batch_do_nothing(world: World) -> None:
    leased_anew(world)
    departure, changes = world.changes(depart(world.keys, "b1", 1, lease_ms=15_000))
    assert (departure.verdict, changes) == (Verdict.LOST, {})
    assert world.changes(renew(world.keys, ["b1"], lease_ms=15_000)) == ({"b1": 0}, {})
    assert world.changes(recall(world.keys, "b1", 1)) == (False, {})


def test_a_settlement_that_runs_again_after_the_message_went_on_changes_nothing(
    world: World,
) -> None:
    outcomes: list[Outcome] = [Accepted("api1"), Unanswered("timeout"), Unsent("busy")]
    for n, outcome in enumerate(outcomes):
        world.redis.flushdb()
        world.bring(State.SENDING)
        late = settling(world, outcome)
        world.run(late)
        if n == 0:
            world.tell(StatusKind.DEAD)
            world.run(redrive(world.keys, [("m1", 1)]))
        if n == 1:
            world.run(resolve(world.keys, [("m1", "b1")], resend=True))
        assert world.changes(late) == ({"m1": State.QUEUED}, {})
        world.take("b2")
        world.settle({"m1": Accepted("api2")}, "b2")
        answer, changes = world.changes(late)
        assert answer == {"m1": State.ACCEPTED}
        assert list(changes.get("message:m1", {})) in ([], ["history"])
        assert set(changes) <= {"message:m1"}


def test_old_news_about_a_message_that_went_on_leave_its_state_alone(world: World) -> None:
    world.bring(State.ACCEPTED)
    old = [
        StatusUpdate("m1", "api1", StatusKind.RESEND, "LIMIT", "LIMIT", delay_ms=60_000),
        StatusUpdate("m1", "api1", StatusKind.DEAD, "FAILED", "FAILED", Category.UNDELIVERED),
        StatusUpdate("m1", "api1", StatusKind.PENDING, "QUEUED", delay_ms=1),
        StatusUpdate("m1", "api1", StatusKind.UNCONFIRMED, ""),
    ]
    world.run(write_status_updates(world.keys, old[:1]))
    world.make_due("m1")
    world.run(move_due(world.keys))
    world.run(write_status_updates(world.keys, old))
    assert world.state() == State.QUEUED
    world.take("b2")
    world.settle({"m1": Accepted("api2")}, "b2")
    poll = world.value(world.keys.single("poll"))
    world.run(write_status_updates(world.keys, old))
    assert world.state() == State.ACCEPTED
    assert world.value(world.keys.single("poll")) == poll
    world.tell(StatusKind.DELIVERED, api_id="api2")
    world.run(write_status_updates(world.keys, old))
    assert world.state() == State.DELIVERED


def test_reaping_and_moving_due_again_later_take_only_what_is_due_then(world: World) -> None:
    leased_anew(world)
    assert world.changes(reap(world.keys), answer_differs=True)[1] == {}
    assert world.changes(move_due(world.keys))[1] == {}


def test_enqueueing_again_never_starts_a_message_anew(world: World) -> None:
    for state in State:
        if state == State.ARCHIVED:
            continue
        world.redis.flushdb()
        world.bring(state)
        before = world.dump()
        world.put()
        world.put(token="another")
        assert world.dump() == before


def test_reaping_a_batch_spares_what_another_batch_has_taken_since(world: World) -> None:
    for n in range(2):
        world.put(f"m{n}", to=f"2782{n}")
    world.take("b1")
    world.depart("b1")
    world.settle({"m0": Unsent("busy")}, "b1")
    world.depart("b1", 2)
    world.take("b2")
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 1
    assert (world.state("m0"), world.state("m1")) == (State.SENDING, State.IN_DOUBT)
    assert world.depart("b2") == Verdict.GO


def two_halves(world: World) -> None:
    """Of `b1`, `m0` left with the first attempt and has its answer; `m1` is to follow."""
    for n in range(2):
        world.put(f"m{n}", to=f"2782{n}")
    world.take("b1")
    world.depart("b1", 1, "m0")
    world.settle({"m0": Unsent("busy", 60_000)}, "b1")


def test_an_answer_that_is_told_again_leaves_a_later_departure_standing(world: World) -> None:
    two_halves(world)
    world.depart("b1", 2, "m1")
    late = settle(world.keys, "b1", 1, {"m0": Unsent("busy", 60_000)}, first_check_ms=5_000)
    assert world.changes(late) == ({"m0": State.SCHEDULED}, {})
    world.lapse("b1")
    assert world.run(reap(world.keys)).in_doubt == 1


def test_a_departure_that_comes_after_its_answer_puts_nothing_in_doubt(world: World) -> None:
    for part in (["m0"], []):
        world.redis.flushdb()
        world.introduce()
        two_halves(world)
        world.depart("b1", 1, *part)
        world.lapse("b1")
        assert world.run(reap(world.keys)).in_doubt == 0
        assert world.state("m1") == State.QUEUED


def test_who_said_it_again_late_puts_nothing_in_doubt(world: World) -> None:
    two_halves(world)
    taken = Taken("b1", Channel.SMS, "", trial=False, turns={"m0": 1, "m1": 1})
    call = reassert(world.keys, taken, ["m0"], departed=1, terms=AT_ONCE)
    assert world.changes(call) == (Reasserted(set_right=0, unknown=0), {})


def test_an_old_recall_does_not_reopen_the_door_for_an_old_departure(world: World) -> None:
    world.put()
    world.take()
    world.depart(attempt=2)
    world.run(recall(world.keys, "b1", 2))
    assert world.changes(recall(world.keys, "b1", 1)) == (True, {})
