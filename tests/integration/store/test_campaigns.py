"""Pausing a campaign parks what waits in it; resuming lets all of it go on."""

import pytest

from bulkwire.outcomes import Accepted, Rejected, Unsent
from bulkwire.states import Category, Channel, Priority, State
from bulkwire.store.call import Call
from bulkwire.store.campaigns import Steered, pause_campaign, resume_campaign
from bulkwire.store.overview import CampaignOverview, read_campaign
from bulkwire.store.status_updates import StatusKind
from bulkwire.store.steering import redrive
from bulkwire.store.upkeep import move_due
from support.store_world import World


def seen(world: World, name: str = "spring") -> CampaignOverview:
    found = world.run(read_campaign(world.keys, name))
    assert found
    return found


def pausing(world: World) -> Call[Steered]:
    return pause_campaign(world.keys, seen(world), why="wrong price", by="me")


def resuming(world: World) -> Call[Steered]:
    return resume_campaign(world.keys, seen(world))


def put_everywhere(world: World) -> None:
    for n, priority in enumerate(Priority):
        for m, channel in enumerate(Channel):
            world.put(
                f"m{n}{m}",
                to=f"278200000{n}{m}",
                campaign="spring",
                priority=priority,
                channel=channel,
            )


def accepted(world: World) -> None:
    """One accepted message, and one that waits."""
    world.put("m1", campaign="spring")
    world.take()
    world.depart()
    world.settle({"m1": Accepted("api1")})
    world.put("m2", to="27820000002", campaign="spring")


def fail(world: World) -> None:
    word = "WHATSAPP_TEMPLATE_PAUSED"
    world.tell(
        StatusKind.DEAD, status=word, reason=word, category=Category.TEMPLATE, pause_campaign=True
    )


def test_a_paused_campaign_waits_and_a_resumed_one_goes_on_in_every_list(world: World) -> None:
    put_everywhere(world)
    world.put("other", to="2799")
    answer, changes = world.changes(pausing(world))
    assert answer == Steered("paused", True)
    assert changes["campaign:spring"] == {
        "state": "paused", "paused_at": "T", "why": "wrong price", "by": "me", "version": "1",
    }  # fmt: skip
    assert [m.id for m in world.take("b1").messages] == ["other"]
    assert world.ask().again_in_ms is None
    answer, changes = world.changes(resuming(world))
    assert answer == Steered("running", True)
    assert {key for key in changes if key.startswith("turns:")} == {
        f"turns:{priority}" for priority in Priority
    }
    taken = [m.id for n in range(6) for m in world.take(f"c{n}").messages]
    assert sorted(taken) == ["m00", "m01", "m10", "m11", "m20", "m21"]


def test_what_comes_back_or_falls_due_while_it_is_paused_waits_too(world: World) -> None:
    for n in range(3):
        world.put(f"m{n}", to=f"2782{n}", campaign="spring")
    world.take()
    world.run(pausing(world))
    assert world.depart() == "held"
    world.settle(
        {"m0": Unsent("held"), "m1": Unsent("limit", 5_000), "m2": Rejected("x", Category.CONTENT)}
    )
    world.make_due("m1")
    world.run(move_due(world.keys))
    assert world.run(redrive(world.keys, [("m2", 1)])) == {"m2": "queued"}
    world.put("m3", to="27823", campaign="spring")
    assert world.ask().again_in_ms is None
    world.run(resuming(world))
    assert sorted(m.id for m in world.take("b2").messages) == ["m0", "m1", "m2", "m3"]


@pytest.mark.parametrize("state", ["cancelled", "ended"])
def test_a_campaign_that_is_over_is_neither_paused_nor_resumed(world: World, state: str) -> None:
    world.put(campaign="spring")
    world.redis.hset(world.keys.campaign("spring"), "state", state)
    for call in (pausing(world), resuming(world)):
        assert world.changes(call) == (Steered(state, False), {})


def test_a_command_that_runs_late_spares_what_was_decided_since(world: World) -> None:
    world.put(campaign="spring")
    late = pausing(world)
    world.run(late)
    world.run(resuming(world))
    assert world.changes(late) == (Steered("running", False), {})


def test_a_campaign_that_there_is_not_is_not_made(world: World) -> None:
    unknown = CampaignOverview("nobody", "running", None, {})
    call = pause_campaign(world.keys, unknown, why="x", by="me")
    assert world.changes(call) == (Steered("", False), {})


def test_a_template_that_is_gone_pauses_its_campaign(world: World) -> None:
    accepted(world)
    fail(world)
    assert world.state("m1") == State.DEAD
    found = seen(world)
    assert (found.state, found.why, found.by) == ("paused", "WHATSAPP_TEMPLATE_PAUSED", "worker")
    assert world.ask().again_in_ms is None


def test_failures_of_what_left_before_it_was_resumed_pause_it_no_more(world: World) -> None:
    accepted(world)
    world.run(pausing(world))
    world.run(resuming(world))
    world.redis.hset(world.keys.message("m1"), "accepted_at", world.now() - 60_000)
    fail(world)
    assert seen(world).state == "running"
    assert [m.id for m in world.take("b2").messages] == ["m2"]


def test_a_template_that_is_gone_does_no_harm_where_there_is_no_campaign(world: World) -> None:
    world.bring(State.ACCEPTED)
    fail(world)
    assert world.state("m1") == State.DEAD
