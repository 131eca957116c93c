"""Counts are put right only where nothing of their owner moved while the records were counted."""

from bulkwire_cli.auditing.corrections import Correction, Look, corrections
from bulkwire_cli.auditing.counts import SUM, KeptCounts, Recount

REST = KeptCounts({"queued": 2, "dead": 1, "total": 3}, {"spring": {"queued": 2, "total": 2}})
FOUND = Recount({"queued": 2, "dead": 0, "total": 2}, {"spring": {"queued": 1, "total": 2}})
SURE = {("", "dead"): 1, ("", SUM): 1, ("spring", "queued"): 1}


def test_a_count_at_rest_becomes_what_the_records_add_up_to() -> None:
    look = Look(REST, FOUND, REST)
    assert corrections(look, look, SURE) == (
        Correction("", "dead", 1, 0),
        Correction("spring", "queued", 2, 1),
    )


def test_an_owner_of_whom_anything_moved_is_left_alone() -> None:
    moved = KeptCounts({"queued": 3, "dead": 1, "total": 4}, REST.campaigns)
    look = Look(REST, FOUND, REST)
    assert corrections(look, Look(REST, FOUND, moved), SURE) == (
        Correction("spring", "queued", 2, 1),
    )


def test_records_that_add_up_differently_the_second_time_prove_nothing() -> None:
    again = Recount({"queued": 1, "dead": 0, "total": 2}, {"spring": {"queued": 2, "total": 2}})
    found = corrections(Look(REST, FOUND, REST), Look(REST, again, REST), SURE)
    assert found == (Correction("", "dead", 1, 0),)
