"""What refusals teach: how far a channel slows down, and how it finds its way up again."""

from typing import Any

import pytest

from bulkwire.outcomes import Accepted, Unsent
from bulkwire.states import Channel
from bulkwire.store.rates import ChannelRate, read_rate, slow_down
from bulkwire.store.sending import ClaimTerms
from bulkwire.store.status_updates import StatusKind, StatusUpdate, write_status_updates
from support.store_world import AT_ONCE, World

DAY_MS = 86_400_000
REFUSED = {"slowed": "1", "took": "0"}


def batches(world: World, count: int = 1) -> None:
    """So many batches of one message that have departed."""
    for n in range(1, count + 1):
        world.put(f"m{n}", to=f"2782{n}")
    for n in range(1, count + 1):
        world.take(f"b{n}", ClaimTerms(linger_ms=0, most_messages=1))
        world.depart(f"b{n}")


def learned(world: World, *, ago_ms: int = 5_000, **fields: float) -> None:
    """As if a refusal had been noted so long ago. The bucket holds nothing."""
    now = world.now()
    values = {"tokens": 0, "at": now, "refused_at": now - ago_ms, "age": ago_ms, **fields}
    items = [part for pair in values.items() for part in pair]
    world.redis.hset(world.keys.family("rate", "sms"), items=items)


def lately(world: World, taken: int, refused: int = 0) -> None:
    """As if so many messages had been taken and refused within the last second."""
    counts = {"taken": taken, "taken_before": 0, "refused": refused, "refused_before": 0}
    world.begin_a_second()
    now = world.now()
    items = [part for pair in {"second": now - now % 1000, **counts}.items() for part in pair]
    world.redis.hset(world.keys.family("rate", "sms"), items=items)


def rate(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.value(world.keys.family("rate", "sms"))
    return found


def refused(
    world: World, batch: str = "b1", attempt: int = 1, ago: int = 0, messages: int = 1
) -> Any:
    call = slow_down(world.keys, batch, attempt, departed_ms_ago=ago, messages=messages)
    return world.changes(call)


def test_the_first_refusal_gives_a_rate_to_start_from(world: World) -> None:
    batches(world)
    took, changes = refused(world)
    assert not took
    assert changes == {
        "batch:b1": REFUSED,
        "rate:sms": {
            "tokens": "0", "at": "T", "rate": "900", "refused_at": "T", "start": "900", "age": "0",
            "second": "T", "taken": "0", "taken_before": "0", "refused": "1", "refused_before": "0",
        },
    }  # fmt: skip


def test_what_the_provider_took_so_far_is_where_it_starts(world: World) -> None:
    batches(world)
    lately(world, 5_000)
    took, changes = refused(world)
    assert took
    assert 4_000 < float(changes["rate:sms"]["rate"]) <= 4_500
    assert "ceiling" not in changes["rate:sms"]


def test_messages_that_were_taken_are_counted_once(world: World) -> None:
    batches(world, 2)
    for n in (1, 2):
        for _ in range(2):
            world.settle({f"m{n}": Accepted(f"api{n}")}, f"b{n}")
    counted = rate(world)
    assert int(counted["taken"]) + int(counted["taken_before"]) == 2


def test_the_rate_that_was_refused_is_the_ceiling(world: World) -> None:
    batches(world)
    learned(world, ceiling=1000, age=30_000)
    lately(world, 950)
    refused(world)
    found = rate(world)
    assert float(found["ceiling"]) == pytest.approx(1000, rel=0.001)
    assert float(found["rate"]) == pytest.approx(900, rel=0.001)


def test_where_much_less_gets_through_that_is_the_ceiling(world: World) -> None:
    batches(world)
    learned(world, ceiling=1000, age=30_000)
    lately(world, 300, refused=600)
    refused(world, messages=100)
    assert 250 <= float(rate(world)["ceiling"]) <= 300


def test_where_a_fifth_is_refused_the_ceiling_is_what_gets_through(world: World) -> None:
    batches(world)
    learned(world, start=1_250, age=0)
    lately(world, 1_000, refused=200)
    refused(world, messages=50)
    assert 900 <= float(rate(world)["ceiling"]) <= 1_000


def test_where_nothing_gets_through_the_rate_is_halved(world: World) -> None:
    batches(world)
    learned(world, ceiling=1000, age=30_000)
    lately(world, 10, refused=900)
    refused(world, messages=100)
    assert float(rate(world)["rate"]) == pytest.approx(500, rel=0.001)
    assert "ceiling" not in rate(world)


def test_the_rate_never_falls_below_one_message_a_second(world: World) -> None:
    batches(world)
    learned(world, start=1.2, age=0)
    refused(world)
    assert rate(world)["rate"] == "1"


def test_refusals_of_one_moment_are_one_refusal(world: World) -> None:
    batches(world, 3)
    refused(world, "b1")
    found = float(rate(world)["refused_at"])
    _, changes = refused(world, "b2")
    assert changes["batch:b2"] == REFUSED
    assert float(rate(world)["refused_at"]) == found
    learned(world, ceiling=1000, ago_ms=5_000)
    refused(world, "b3", ago=6_000)
    assert rate(world)["age"] == "5000", "what left before the last cut says nothing new"


def test_each_attempt_of_a_batch_may_be_refused(world: World) -> None:
    batches(world)
    refused(world)
    learned(world, ceiling=1000)
    _, changes = refused(world, attempt=2)
    assert changes["batch:b1"] == {"slowed": "2"}
    assert float(rate(world)["rate"]) < 900
    learned(world, ceiling=1000)
    assert refused(world, attempt=1)[1] == {}


def test_a_refusal_told_after_the_batch_was_settled_changes_nothing(world: World) -> None:
    batches(world)
    world.settle({"m1": Unsent("limit", 5_000)})
    assert refused(world) == (False, {})


def test_debt_does_not_outlast_a_second_at_the_lower_rate(world: World) -> None:
    batches(world)
    learned(world, ceiling=1000, age=30_000, tokens=-5000)
    lately(world, 0, refused=900)
    refused(world)
    assert float(rate(world)["tokens"]) == pytest.approx(-500, rel=0.01)


def test_cuts_that_do_not_help_are_given_up(world: World) -> None:
    batches(world, 6)
    rates = []
    for n in range(1, 6):
        # Refused 2 s after each cut, while nearly everything gets through.
        found = rate(world) or {"ceiling": 1000}
        learned(world, ceiling=float(found["ceiling"]), ago_ms=2_000)
        lately(world, 900)
        refused(world, f"b{n}")
        rates.append(float(rate(world)["rate"]))
        if "ceiling" not in rate(world):
            break
    assert len(rates) == 4
    assert rates[0] > rates[1] > rates[2]
    assert "start" in rate(world), "no ceiling is known any more: the rate doubles"
    lately(world, 900)
    world.redis.hset(world.keys.family("rate", "sms"), "refused_at", world.now() - 2_000)
    _, changes = refused(world, "b6")
    assert changes["rate:sms"].keys() == {"refused"}


def test_a_rate_that_was_given_up_is_found_again_where_many_are_refused(world: World) -> None:
    batches(world)
    learned(world, start=50_000, age=0, strays=4)
    lately(world, 1_000, refused=1_000)
    refused(world)
    assert 900 <= float(rate(world)["ceiling"]) <= 1_000


def test_a_rate_far_above_what_is_sent_comes_down_to_it(world: World) -> None:
    batches(world, 2)
    learned(world, ceiling=50_000, age=30_000, ago_ms=700_000, strays=4)
    lately(world, 6_900)
    refused(world, messages=100)
    assert 9_000 <= float(rate(world)["ceiling"]) <= 10_001
    assert "strays" not in rate(world) or rate(world)["strays"] == "0"
    learned(world, age=0, ago_ms=2_000)
    lately(world, 3_000)
    refused(world, "b2", messages=100)
    assert rate(world).get("strays", "0") == "0", "a rate that nobody uses helps by no cut"


def test_one_message_refused_beside_many_that_pass_is_no_low_ceiling(world: World) -> None:
    batches(world)
    learned(world, ceiling=100, age=30_000)
    lately(world, 2)
    refused(world)
    assert float(rate(world)["ceiling"]) == pytest.approx(100, rel=0.001)


# Fields of what was learned, and the rate that follows from them.
CURVE = [
    ({"ceiling": 1000, "age": 0}, 900),
    ({"ceiling": 1000, "age": 10_000}, 970),
    ({"ceiling": 1000, "age": 30_000}, 1000),
    ({"ceiling": 1000, "age": 60_000}, 1100),
    ({"ceiling": 1000, "age": 120_000}, 3700),
    ({"start": 90, "age": 0}, 90),
    ({"start": 90, "age": 4_000}, 360),
]


@pytest.mark.parametrize(("fields", "expected"), CURVE)
def test_the_rate_finds_its_way_up_again(
    world: World, fields: dict[str, int], expected: float
) -> None:
    world.put()
    learned(world, tokens=1e9, **fields)  # what runs over makes nothing older
    world.take()
    assert float(rate(world)["rate"]) == pytest.approx(expected, rel=0.01)


def test_a_rate_that_holds_nothing_back_does_not_rise(world: World) -> None:
    world.put()
    now = world.now()
    learned(world, ceiling=1000, age=7_000, at=now - 10_000)
    world.take()
    assert rate(world)["age"] == "7000"
    world.put("m2", to="2799")
    world.redis.delete(world.keys.family("rate", "sms"))
    learned(world, start=1, age=0, at=now - 10_000, tokens=-9.9)
    world.take("b2")
    assert 10_000 <= float(rate(world)["age"]) < 11_000


def test_a_setting_below_what_was_learned_keeps_it_from_rising(world: World) -> None:
    world.put()
    learned(world, ceiling=1000, age=7_000, at=world.now() - 10, tokens=0, configured=10)
    world.take(terms=ClaimTerms(linger_ms=0, most_per_second={Channel.SMS: 10}))
    assert (rate(world)["rate"], rate(world)["age"]) == ("10", "7000")


def test_a_limit_not_met_for_a_day_is_forgotten(world: World) -> None:
    for n in range(100):
        world.put(f"m{n}", to=f"2782{n}")
    learned(world, ceiling=10, rate=10, ago_ms=DAY_MS + 1_000)
    assert len(world.take(terms=AT_ONCE).messages) == 100
    nothing = ChannelRate(Channel.SMS, None, None, None, None)
    assert world.run(read_rate(world.keys, Channel.SMS)) == nothing


def test_an_operator_reads_the_rate_and_why(world: World) -> None:
    batches(world)
    learned(world, ceiling=1000, age=30_000)
    lately(world, 950)
    refused(world)
    found = world.run(read_rate(world.keys, Channel.SMS))
    assert found.per_second == pytest.approx(900, rel=0.001)
    assert found.ceiling == pytest.approx(1000, rel=0.001)
    assert found.refused_at is not None
    assert found.configured is None


def resend(world: World) -> dict[str, Any]:
    update = StatusUpdate(
        "m1", "api1", StatusKind.RESEND, "WHATSAPP_SERVER_RATE_LIMIT", "LIMIT", delay_ms=60
    )
    _, changes = world.changes(write_status_updates(world.keys, [update]))
    return changes


def test_a_status_that_says_too_fast_slows_the_channel_down(world: World) -> None:
    batches(world)
    world.settle({"m1": Accepted("api1")})
    learned(world, ceiling=1000, age=30_000)
    assert float(resend(world)["rate:sms"]["rate"]) == pytest.approx(900, rel=0.001)


def test_a_status_of_what_left_before_the_last_cut_says_nothing_new(world: World) -> None:
    batches(world)
    world.settle({"m1": Accepted("api1")})
    world.redis.hset(world.keys.message("m1"), "accepted_at", world.now() - 60_000)
    learned(world, ceiling=1000)
    assert resend(world)["rate:sms"]["refused"] == "1"
    assert rate(world)["age"] == "5000"
