"""The audit of real records: true at rest and in motion, and it names what is broken."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from bulkwire import Bulkwire
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire_cli.application import run
from bulkwire_cli.auditing.audit import AccountAudit, audit_account
from support import wait_until

KEYS = Keys("default")
READY = KEYS.family("ready", "normal", "sms", "")

# Claims and puts back, so that messages are always on the move.
TRAFFIC = """
import sys, uuid
from bulkwire import Bulkwire
from bulkwire.outcomes import Accepted
from bulkwire.store.keys import Keys
from bulkwire.store.runner import Store
from bulkwire.store.sending import Batch, ClaimTerms, claim, depart, settle
keys, store, client = Keys("default"), Store(sys.argv[1]), Bulkwire(redis_url=sys.argv[1])
number = 100_000
while True:
    new = ({"to": f"+2782{n:07d}", "content": "x"} for n in range(number, number + 100))
    number += len(list(client.enqueue_messages(new)))
    batch = store.run(claim(keys, uuid.uuid4().hex, terms=ClaimTerms(linger_ms=0)))
    if isinstance(batch, Batch):
        store.run(depart(keys, batch.id, 1, lease_ms=15_000))
        said = {one.id: Accepted(f"api-{one.id}") for one in batch.messages}
        store.run(settle(keys, batch.id, 1, said, first_check_ms=60_000))
"""


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def ids(redis_url: str) -> list[str]:
    """500 queued messages: 300 of a campaign and 200 of none."""
    messages = (
        {
            "to": f"+2782{n:07d}",
            "content": "Hello",
            "id": f"m-{n}",
            "campaign": "spring" if n < 300 else None,
        }
        for n in range(500)
    )
    with Bulkwire(redis_url=redis_url) as bulkwire:
        return [result.id for result in bulkwire.enqueue_messages(messages)]


@pytest.fixture
def audited(redis_url: str) -> Iterator[Callable[[], AccountAudit]]:
    with Store(redis_url) as store:
        yield lambda: audit_account(store, KEYS)


def wrong(audit: AccountAudit) -> dict[str, str]:
    return {fault.id: fault.what for fault in audit.faults}


def test_an_empty_account_is_true(audited: Callable[[], AccountAudit]) -> None:
    assert audited().ok


def test_every_message_is_found_in_the_account_and_in_its_campaign(
    ids: list[str], audited: Callable[[], AccountAudit]
) -> None:
    audit = audited()
    assert audit.ok
    assert audit.found.account["total"] == 500
    assert audit.found.campaigns["spring"]["queued"] == 300
    assert audit.moving == frozenset()


def test_a_record_that_was_lost_is_named(
    ids: list[str], client: redis.Redis, audited: Callable[[], AccountAudit]
) -> None:
    client.delete(KEYS.message("m-7"))
    audit = audited()
    assert wrong(audit) == {"m-7": "taken in, but has no record and was not archived"}
    assert audit.differences == {("", "queued"): 1, ("spring", "queued"): 1}


def test_a_queued_message_that_no_worker_would_find_is_named(
    ids: list[str], client: redis.Redis, audited: Callable[[], AccountAudit]
) -> None:
    client.lrem(READY, 1, "m-400")
    assert wrong(audited()) == {"m-400": "queued, but stands in no ready list"}


@pytest.mark.parametrize("state", ["scheduled", "accepted", "dead", "in_doubt", "sending"])
def test_a_message_that_stands_in_no_index_of_its_state_is_named(
    ids: list[str], client: redis.Redis, audited: Callable[[], AccountAudit], state: str
) -> None:
    client.hset(KEYS.message("m-1"), "state", state)
    audit = audited()
    assert list(wrong(audit)) == ["m-1"]
    assert audit.differences[("", state)] == -1
    assert audit.differences[("spring", "queued")] == 1


def test_a_record_that_no_roll_names_is_named(
    ids: list[str], client: redis.Redis, audited: Callable[[], AccountAudit]
) -> None:
    client.lrem(KEYS.family("roll", "c:spring", "0"), 1, "m-3")
    audit = audited()
    assert wrong(audit)["m-3"] == "has a record, but no roll names it"
    assert audit.differences[("spring", "total")] == 1


def test_a_count_that_drifted_is_reported(
    ids: list[str], client: redis.Redis, audited: Callable[[], AccountAudit]
) -> None:
    client.hincrby(KEYS.single("counts"), "delivered", 2)
    audit = audited()
    assert not audit.faults
    assert audit.differences == {("", "delivered"): 2, ("", "sum of the states"): 2}


def test_it_stays_true_while_messages_are_taken_in_and_sent(
    ids: list[str], redis_url: str, client: redis.Redis, audited: Callable[[], AccountAudit]
) -> None:
    with subprocess.Popen([sys.executable, "-c", TRAFFIC, redis_url]) as traffic:
        try:
            wait_until(lambda: int(client.hget(KEYS.single("counts"), "accepted") or 0) > 500)
            audits = [audited() for _ in range(20)]
            assert traffic.poll() is None
        finally:
            traffic.kill()
    assert [wrong(audit) for audit in audits] == [{}] * 20
    assert [dict(audit.differences) for audit in audits] == [{}] * 20
    assert any(audit.moving for audit in audits)
    assert audited().ok


class TestCommand:
    @pytest.fixture(autouse=True)
    def _store(self, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BULKWIRE_REDIS_URL", redis_url)

    def test_says_that_all_is_true(
        self, ids: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["audit"]) == 0
        assert "Audit: true. 500 messages, each in exactly one state." in capsys.readouterr().out

    def test_names_twenty_on_the_screen_and_all_as_json(
        self, ids: list[str], client: redis.Redis, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client.delete(READY)
        assert run(["audit"]) == 1
        out = capsys.readouterr().out
        assert out.count("stands in no ready list") == 20
        assert "and 180 more; --json names all of them" in out
        assert "Audit: BROKEN" in out
        assert run(["audit", "--json"]) == 1
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert found["ok"] is False
        assert len(found["accounts"]["default"]["wrong"]) == 200

    def test_audits_every_account_or_the_one_that_is_named(
        self, ids: list[str], redis_url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with Bulkwire(redis_url=redis_url) as bulkwire:
            bulkwire.enqueue_message(to="+27821234567", content="Hi", account="shop")
        assert run(["audit", "--json"]) == 0
        assert set(json.loads(capsys.readouterr().out)["accounts"]) == {"default", "shop"}
        assert run(["audit", "--account", "shop", "--json"]) == 0
        assert set(json.loads(capsys.readouterr().out)["accounts"]) == {"shop"}
