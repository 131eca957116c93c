"""Recounted records against the counts, at rest and while messages move."""

from bulkwire.states import State
from bulkwire.store.auditing import PageChecked
from bulkwire_cli.auditing.counts import SUM, KeptCounts, Recount, differences, recount


def page(archived: int = 0, **states: int) -> PageChecked:
    typed = {State(state): number for state, number in states.items()}
    return PageChecked(sum(states.values()) + archived, archived, typed, (), {})


def kept_counts(campaigns: dict[str, dict[str, int]] | None = None, **account: int) -> KeptCounts:
    return KeptCounts(account, campaigns or {})


def test_pages_add_up_by_account_and_by_campaign() -> None:
    found = recount(
        [
            ("c:spring", page(queued=2)),
            ("c:spring", page(dead=1, archived=4)),
            ("h:1", page(read=1)),
        ]
    )
    assert dict(found.account) == {"queued": 2, "dead": 1, "read": 1, "archived": 4, "total": 8}
    assert dict(found.campaigns["spring"]) == {"queued": 2, "dead": 1, "archived": 4, "total": 7}


def test_counts_that_say_what_the_records_say_have_no_difference() -> None:
    found = Recount({"queued": 2, "total": 2}, {"spring": {"queued": 2, "total": 2}})
    kept = kept_counts({"spring": {"queued": 2, "total": 2}}, queued=2, total=2)
    apart = differences(kept, found, kept)
    assert apart.sure == {}
    assert apart.moving == frozenset()


def test_a_count_at_rest_that_differs_is_named_with_its_owner() -> None:
    found = Recount({"queued": 2, "dead": 1, "total": 3}, {"spring": {"queued": 2, "total": 2}})
    kept = kept_counts({"spring": {"queued": 3, "total": 3}}, queued=2, dead=1, total=3)
    assert differences(kept, found, kept).sure == {
        ("spring", "queued"): 1,
        ("spring", "total"): 1,
    }


def test_a_state_that_messages_move_through_proves_nothing() -> None:
    found = Recount({"queued": 7, "sending": 3, "delivered": 2, "total": 12}, {})
    before = kept_counts(queued=8, delivered=2, total=10)
    after = kept_counts(queued=5, sending=5, delivered=2, total=12)
    apart = differences(before, found, after)
    assert apart.sure == {}
    assert apart.moving == {"queued", "sending"}


def test_a_state_that_as_many_entered_as_left_proves_nothing() -> None:
    found = Recount({"queued": 6, "delivered": 4, "total": 10}, {})
    before = kept_counts(queued=5, delivered=4, total=9)
    after = kept_counts(queued=5, delivered=4, sending=2, total=11)
    apart = differences(before, found, after)
    assert apart.sure == {}
    assert apart.moving == {"queued", "sending"}


def test_a_state_that_messages_end_in_is_judged_while_others_move() -> None:
    found = Recount({"queued": 5, "delivered": 3, "total": 8}, {})
    before = kept_counts(queued=5, delivered=4, total=9)
    after = kept_counts(queued=4, sending=1, delivered=4, total=9)
    assert differences(before, found, after).sure == {("", "delivered"): 1, ("", "total"): 1}


def test_a_total_outside_of_both_readings_is_wrong_even_in_motion() -> None:
    before, after = kept_counts(queued=10, total=10), kept_counts(queued=12, total=12)
    short = differences(before, Recount({"queued": 9, "total": 9}, {}), after)
    assert short.sure == {("", "total"): 1}
    long = differences(before, Recount({"queued": 13, "total": 13}, {}), after)
    assert long.sure == {("", "total"): -1}


def test_states_that_do_not_add_up_to_the_total_are_wrong_whatever_moves() -> None:
    before, after = kept_counts(queued=5, total=6), kept_counts(queued=6, total=6)
    apart = differences(before, Recount({"queued": 6, "total": 6}, {}), after)
    assert apart.sure == {("", SUM): -1}


def test_a_campaign_that_began_while_we_counted_is_no_difference() -> None:
    before = kept_counts(total=0)
    after = kept_counts({"new": {"queued": 2, "total": 2}}, queued=2, total=2)
    found = Recount({"queued": 1, "total": 1}, {"new": {"queued": 1, "total": 1}})
    assert differences(before, found, after).sure == {}
