"""Taking messages in: what is written, and what is said about an id that is known."""

import pytest

from bulkwire.errors import QueueFull
from bulkwire.states import Channel, OnDoubt, Priority, State
from bulkwire.store.enqueueing import CampaignOpened, Enqueued, NewRecord, enqueue, open_campaign
from support.store_world import World

RECORD = NewRecord(
    "m1", '{"content":"Hi"}', "27820000001", Channel.SMS, Priority.NORMAL, None, "print"
)
NEW = Enqueued(created=True, state=State.QUEUED, conflict=False)


def test_a_message_is_ready_counted_and_in_the_roll_of_its_hour(world: World) -> None:
    answer, changes = world.changes(enqueue(world.keys, RECORD, token="t1"))
    assert answer == NEW
    assert changes == {
        "message:m1": {
            "state": "queued",
            "turn": "1",
            "payload": '{"content":"Hi"}',
            "recipient": "27820000001",
            "channel": "sms",
            "priority": "normal",
            "fingerprint": "print",
            "token": "t1",
            "page": "h:H/0",
            "enqueued_at": "T",
            "queued_at": "T",
            "changed_at": "T",
            "history": "T queued ",
        },
        "ready:normal:sms:": ["m1"],
        "turns:normal": {"sms:": 0.0},
        "counts": {"queued": "1", "total": "1"},
        "roll:h:H:0": ["m1"],
        "roll_pages:h:H": {"length": "1"},
        "rolls": {"h:H": "T"},
    }


def test_a_campaign_that_a_message_names_is_created_and_counts_it(world: World) -> None:
    world.put("m1", campaign="spring")
    before = world.dump()
    assert world.counts("spring") == {"queued": 1, "total": 1}
    world.put("m2", campaign="spring", to="27820000002")
    assert world.counts("spring") == {"queued": 2, "total": 2}
    assert world.ready("spring") == ["m1", "m2"]
    assert world.value(world.keys.single("campaigns")) == {"spring"}
    assert world.value(world.keys.family("roll", "c:spring", "0")) == ["m1", "m2"]
    created = before[world.keys.campaign("spring")]
    assert world.value(world.keys.campaign("spring"))["created_at"] == created["created_at"]


def test_a_message_for_later_waits_for_its_due_time(world: World) -> None:
    later = world.now() + 60_000
    record = NewRecord(
        "m1", "{}", "27820000001", Channel.SMS, Priority.LOW, None, "print",
        send_at_ms=later, validity_ms=120_000, on_doubt=OnDoubt.RESEND, ignore_suppression=True,
    )  # fmt: skip
    answer, changes = world.changes(enqueue(world.keys, record, token="t1"))
    assert answer.state == State.SCHEDULED
    assert world.value(world.keys.family("due", "low")) == {"m1": later}
    written = world.record()
    assert (written["due_at"], written["expires_at"]) == (str(later), str(later + 120_000))
    assert (written["on_doubt"], written["ignore_suppression"]) == ("resend", "1")
    assert changes["counts"] == {"scheduled": "1", "total": "1"}
    assert "turns:low" not in changes


def test_a_time_that_has_passed_means_now(world: World) -> None:
    assert world.put(send_at_ms=world.now() - 60_000, validity_ms=1_000).state == State.QUEUED
    assert int(world.record()["expires_at"]) == int(world.record()["enqueued_at"]) + 1_000


def test_who_opted_out_is_suppressed_and_never_ready(world: World) -> None:
    world.redis.sadd(world.keys.single("suppressed"), "sms:27820000001")
    assert world.put("m1").state == State.SUPPRESSED
    assert world.put("m2", channel=Channel.WHATSAPP).state == State.QUEUED
    assert world.put("m3", ignore_suppression=True).state == State.QUEUED
    assert world.ready() == ["m3"]
    assert world.counts() == {"suppressed": 1, "queued": 2, "total": 3}


def test_the_same_id_is_told_from_a_repeated_call_by_its_token(world: World) -> None:
    assert world.put(token="t1") == NEW
    assert world.put(token="t1") == NEW
    assert world.put(token="t2") == Enqueued(created=False, state=State.QUEUED, conflict=False)
    other = NewRecord("m1", "{}", "2", Channel.SMS, Priority.NORMAL, None, "other")
    conflict = world.run(enqueue(world.keys, other, token="t3"))
    assert conflict == Enqueued(created=False, state=State.QUEUED, conflict=True)
    assert world.counts() == {"queued": 1, "total": 1}


def test_a_repeated_call_answers_what_the_first_did_after_the_message_moved_on(
    world: World,
) -> None:
    world.bring(State.DELIVERED)
    before = world.dump()
    assert world.put(token="m1") == NEW
    assert world.put(token="t2").state == State.DELIVERED
    assert world.dump() == before


def test_a_full_queue_takes_nothing_in_but_knows_what_it_has(world: World) -> None:
    world.put("m1", quota=2)
    world.put("m2", quota=2, to="27820000002", send_at_ms=world.now() + 60_000)
    before = world.dump()
    with pytest.raises(QueueFull, match="2 messages of account acme wait already"):
        world.put("m3", quota=2)
    assert world.put("m2", quota=2).created
    assert world.dump() == before


def test_a_roll_turns_its_page_after_200_ids(world: World) -> None:
    for n in range(201):
        world.put(f"m{n}", campaign="spring", to=str(27820000000 + n))
    lengths = [world.redis.llen(world.keys.family("roll", "c:spring", page)) for page in "01"]
    assert lengths == [200, 1]
    assert world.record("m200")["page"] == "c:spring/1"


def test_a_campaign_is_opened_once_and_keeps_its_salt_and_fingerprint(world: World) -> None:
    call = open_campaign(world.keys, "spring", salt="s1", fingerprint="f1")
    answer, changes = world.changes(call)
    assert answer == CampaignOpened("s1", "running", "f1", created=True, archived=0)
    assert changes == {
        "campaign:spring": {
            "state": "running", "created_at": "T", "opened_at": "T", "salt": "s1",
            "fingerprint": "f1",
        },
        "campaigns": {"spring"},
    }  # fmt: skip
    again = world.run(open_campaign(world.keys, "spring", salt="s2", fingerprint="f2"))
    assert again == CampaignOpened("s1", "running", "f1", created=False, archived=0)


def test_a_campaign_that_a_message_created_gets_a_salt_when_it_is_opened(world: World) -> None:
    world.put(campaign="spring")
    opened = world.run(open_campaign(world.keys, "spring", salt="s1"))
    assert (opened.salt, opened.fingerprint) == ("s1", "")
    assert world.counts("spring") == {"queued": 1, "total": 1}
