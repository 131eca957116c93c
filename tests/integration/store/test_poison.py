"""A message that kills whoever works on it ends alone, and its neighbours go through once each."""

from collections import Counter

from bulkwire.outcomes import Accepted
from bulkwire.states import Category, State
from bulkwire.store.record import read_message
from bulkwire.store.sending import Waiting, claim
from bulkwire.store.upkeep import reap
from support.store_world import AT_ONCE, World

POISON = "m042"


def test_a_message_its_workers_die_of_before_sending_is_isolated_and_dead(world: World) -> None:
    for n in range(150):
        world.put(f"m{n:03d}", to=f"2782{n:07d}")
    sent: Counter[str] = Counter()
    deaths = 0
    for number in range(400):
        taken = world.run(claim(world.keys, f"b{number}", terms=AT_ONCE))
        if isinstance(taken, Waiting):
            break
        ids = [message.id for message in taken.messages]
        if POISON in ids:
            deaths += 1
            world.lapse(taken.id)
            world.run(reap(world.keys))
            continue
        assert world.depart(taken.id) == "go"
        sent.update(ids)
        world.settle({one: Accepted(f"api-{one}") for one in ids}, taken.id)

    assert deaths == 5
    assert sent == Counter(f"m{n:03d}" for n in range(150)) - Counter([POISON])
    poison = world.run(read_message(world.keys, POISON))
    assert poison is not None
    assert (poison.state, poison.reason) == (State.DEAD, "worker_lost")
    assert (poison.category, poison.attempts) == (Category.EXHAUSTED, 0)
    assert world.counts() == {"accepted": 149, "dead": 1, "total": 150}
