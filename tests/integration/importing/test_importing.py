"""What goes into the queue, and what is said about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from bulkwire.states import State
from bulkwire.store.auditing import read_page_ids
from bulkwire.store.keys import Keys
from bulkwire.store.record import StoredMessage, read_message
from bulkwire.store.runner import Store

Import = Callable[..., Any]
Counts = Callable[[], dict[str, int]]

GOOD = "phone,first_name\n+27821000001,Anna\n+27821000002,Ben\n+27821000003,Cleo\n"


def stored(store: Store, campaign: str = "spring", account: str = "default") -> list[StoredMessage]:
    keys = Keys(account)
    ids = store.run(read_page_ids(keys, f"c:{campaign}", 0))
    return [found for one in ids if (found := store.run(read_message(keys, one)))]


def test_every_row_becomes_a_queued_message_of_the_campaign(
    importing: Import, store: Store
) -> None:
    done = importing(GOOD)
    assert done.code == 0
    messages = stored(store)
    assert [message.recipient for message in messages] == [f"2782100000{n}" for n in (1, 2, 3)]
    assert [message.content for message in messages] == ["Hi Anna", "Hi Ben", "Hi Cleo"]
    assert {(message.state, message.campaign) for message in messages} == {(State.QUEUED, "spring")}


def test_the_options_reach_every_message(importing: Import, store: Store) -> None:
    options = ("--channel", "sms", "--from", "27600000000", "--priority", "low")
    done = importing(
        "Who,phone,first_name\n082 100 0001,x,Anna\n",
        *options,
        *("--validity", "90", "--region", "za", "--account", "shop", "--to-column", "who"),
    )
    assert done.code == 0, done.err
    (message,) = stored(store, account="shop")
    assert message.recipient == "27821000001"
    assert message.priority == "low"
    assert message.expires_at is not None
    assert (message.expires_at - message.enqueued_at).total_seconds() == 90 * 60


def test_a_number_of_another_country_is_not_read_as_local(
    importing: Import, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULKWIRE_DEFAULT_REGION", "DE")
    importing("to,first_name\n+27 82 100 0001,Anna\n0151 12345678,Ben\n")
    assert [message.recipient for message in stored(store)] == ["27821000001", "4915112345678"]


def test_importing_again_adds_nothing_and_says_so(importing: Import, counts: Counts) -> None:
    importing(GOOD)
    again = importing(GOOD)
    assert again.code == 0
    assert "Nothing was added" in again.out
    assert counts() == {"queued": 3, "total": 3}
    assert importing(GOOD, "--json").json["already_there"] == 3


def test_a_longer_list_adds_what_is_new(importing: Import, counts: Counts) -> None:
    importing(GOOD)
    done = importing(f"{GOOD}+27821000004,Dan\n", "--json")
    assert (done.json["queued"], done.json["already_there"]) == (1, 3)
    assert counts() == {"queued": 4, "total": 4}


def test_a_recipient_named_twice_gets_one_message(importing: Import, counts: Counts) -> None:
    done = importing(f"{GOOD}+27 82 100 0001,Anna\n", "--json")
    assert (done.json["queued"], done.json["already_there"]) == (3, 1)
    assert counts() == {"queued": 3, "total": 3}


def test_a_recipient_named_twice_with_another_name_is_a_conflict_with_its_line(
    importing: Import, counts: Counts
) -> None:
    done = importing(f"{GOOD}+27821000001,Hanna\n")
    assert done.code == 0
    assert "line 5: is in the campaign already with another message" in done.out
    assert counts() == {"queued": 3, "total": 3}


def test_good_rows_go_in_and_bad_ones_are_listed_with_line_column_and_reason(
    importing: Import, counts: Counts
) -> None:
    done = importing(f"{GOOD}12,Dan\n+27821000005\n+27821000006,\n")
    assert done.code == 0
    assert "line 5, column phone: the number" in done.out
    assert "line 6: too few cells" in done.out
    assert "line 7, column first_name: the cell of a merge field is empty" in done.out
    assert counts() == {"queued": 3, "total": 3}


def test_many_rejects_are_listed_in_part_and_counted_by_reason(importing: Import) -> None:
    done = importing(GOOD + "12,Dan\n" * 30)
    assert done.out.count("column phone") == 20
    assert "and 10 more; --rejects FILE writes all of them" in done.out


def test_rejects_are_written_as_csv_that_runs_no_formula(importing: Import, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    done = importing(
        "phone,=cmd()\n+27821000001,Anna\n+27821000002,\n12,x\n",
        *("--rejects", str(rejects)),
        text="Hi {{ cmd }}",
    )
    assert done.code == 0
    header, empty, short = rejects.read_text().splitlines()
    assert header == "line,column,reason"
    assert empty == "3,'=cmd(),the cell of a merge field is empty"
    assert short.startswith("4,phone,the number")


def test_who_opted_out_is_counted_as_suppressed(
    importing: Import, store: Store, counts: Counts, redis_url: str
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.sadd(Keys("default").single("suppressed"), "sms:27821000002")
    assert importing(GOOD, "--json").json["suppressed"] == 1
    assert counts() == {"queued": 2, "suppressed": 1, "total": 3}


def test_ids_give_no_number_away_and_differ_between_campaigns(
    importing: Import, store: Store
) -> None:
    importing(GOOD)
    importing(GOOD, campaign="summer")
    spring = {message.id for message in stored(store)}
    summer = {message.id for message in stored(store, "summer")}
    assert len(spring | summer) == 6
    assert not any("8210000" in one for one in spring | summer)


def test_a_long_list_keeps_the_pairing_of_lines_and_answers(
    importing: Import, counts: Counts
) -> None:
    rows = "".join(f"+2782{n:07d},N{n}\n" for n in range(2_000))
    done = importing(f"to,first_name\n{rows}+27820000700,Other\n", "--json")
    assert counts()["total"] == 2_000
    assert done.json["conflicts"] == 1
    assert done.json["rejects"][0]["line"] == 2_002


def test_an_account_that_nobody_knew_is_told(importing: Import) -> None:
    """A typing error would queue a whole campaign where no worker has a key."""
    list_of_one = "phone\n+27821234567\n"
    first = importing(list_of_one, "--account", "marketting", text="Hi")
    assert first.code == 0
    assert "account marketting is new: its messages wait for a worker with its key" in first.err
    again = importing(list_of_one, "--account", "marketting", text="Hi")
    assert "is new" not in again.err
