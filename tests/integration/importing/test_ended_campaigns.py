"""A campaign whose records are archived no longer knows whom it reached."""

from collections.abc import Callable
from typing import Any

import pytest

from bulkwire.store.auditing import read_page_ids
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.steering import cancel, read_standing
from bulkwire.store.upkeep import archive_page
from bulkwire_cli.application import run

Import = Callable[..., Any]
Counts = Callable[[], dict[str, int]]

KEYS = Keys("default")
LIST = "phone,first_name\n+27821000001,Anna\n+27821000002,Ben\n"


def end(store: Store, campaign: str, *, messages: int) -> None:
    """The first so many messages of the campaign are cancelled and archived."""
    roll = f"c:{campaign}"
    for one in store.run(read_page_ids(KEYS, roll, 0))[:messages]:
        seen = store.run(read_standing(KEYS, one))
        assert seen
        store.run(cancel(KEYS, one, seen))
    call = archive_page(KEYS, roll, 0, retention_ms=0, dead_retention_ms=0)
    assert store.run(call).archived == messages


@pytest.mark.parametrize("archived", [1, 2])
def test_a_campaign_with_archived_records_takes_nobody_without_again(
    importing: Import, store: Store, counts: Counts, archived: int
) -> None:
    assert importing(LIST).code == 0
    end(store, "spring", messages=archived)
    before = counts()

    done = importing(LIST)
    assert done.code == 2
    assert f"campaign spring has ended: {archived} of its messages" in done.err
    assert "--campaign" in done.err
    assert "--again" in done.err
    assert counts() == before


def test_again_sends_to_those_whose_messages_are_archived_and_to_nobody_else(
    importing: Import, store: Store, counts: Counts
) -> None:
    assert importing(LIST).code == 0
    end(store, "spring", messages=1)

    done = importing(LIST, "--again", "--json")
    assert done.code == 0
    assert counts() == {"archived": 1, "queued": 2, "total": 3}


def test_the_same_list_under_another_name_needs_no_again(importing: Import, store: Store) -> None:
    assert importing(LIST).code == 0
    end(store, "spring", messages=2)
    assert importing(LIST, campaign="autumn").code == 0


def test_again_is_nothing_special_where_nothing_is_archived(
    importing: Import, counts: Counts
) -> None:
    assert importing(LIST, "--again").code == 0
    assert importing(LIST, "--again").code == 0
    assert counts() == {"queued": 2, "total": 2}
    assert run(["audit"]) == 0
