"""Sending: what is accepted, rejected and charged, message by message."""

import httpx
import pytest

from support.simulated_api import Simulate, Text


def codes_of(answer: httpx.Response) -> dict[str, int | None]:
    """Recipient → error code, or None where it was accepted."""
    return {r["to"]: r["error"] and r["error"]["code"] for r in answer.json()["messages"]}


def test_a_request_without_a_key_is_401(simulate: Simulate, text: Text) -> None:
    api = simulate()
    answer = api.http.post(
        "/v1/message", json={"messages": [text(1)]}, headers={"Authorization": ""}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 1)
    assert api.accepted() == []


def test_only_the_keys_of_the_scenario_are_let_in(simulate: Simulate, text: Text) -> None:
    api = simulate(account={"keys": ["right", "other"], "bad_keys": ["other"]})
    keys = ("right", "wrong", "other")
    assert [api.send(text(1), key=key).status_code for key in keys] == [202, 401, 401]


def test_one_bad_message_makes_it_207_and_has_no_id(simulate: Simulate, text: Text) -> None:
    api = simulate()
    answer = api.send(text(1), text(2, to="0820000002"))
    assert answer.status_code == 207
    good, bad = answer.json()["messages"]
    assert good["accepted"] is True
    assert bad["accepted"] is False
    assert bad["error"]["code"] == 25
    assert bad["clientMessageId"] == "id-2"
    assert "apiMessageId" not in bad
    assert api.accepted() == ["27820000001"]


@pytest.mark.parametrize("status", [207, 400])
def test_where_all_are_rejected_the_scenario_says_which_status(
    simulate: Simulate, text: Text, status: int
) -> None:
    api = simulate(messages={"codes": {"26": 1}, "all_rejected_status": status})
    answer = api.send(text(1), text(2))
    assert (answer.status_code, set(codes_of(answer).values())) == (status, {26})
    assert api.control.summary().messages.rejected_by_code == {26: 2}


def test_more_than_a_hundred_messages_are_code_22(simulate: Simulate, text: Text) -> None:
    api = simulate()
    answer = api.send(*(text(n) for n in range(101)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 22)
    assert api.accepted() == []


def test_a_malformed_request_is_code_21(simulate: Simulate) -> None:
    api = simulate()
    answer = api.http.post("/v1/message", content=b'{"messages": [')
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 21)


def test_a_body_beyond_all_limits_is_413(simulate: Simulate) -> None:
    api = simulate()
    assert api.http.post("/v1/message", content=b"x" * 33_000_000).status_code == 413


def test_a_rule_rejects_one_recipient_the_first_times_only(simulate: Simulate, text: Text) -> None:
    api = simulate(rules=[{"to": "27820000002", "code": 43, "times": 1}])
    assert codes_of(api.send(text(1), text(2))) == {"27820000001": None, "27820000002": 43}
    assert codes_of(api.send(text(2))) == {"27820000002": None}


def test_a_rule_can_answer_the_whole_request_of_a_recipient(simulate: Simulate, text: Text) -> None:
    api = simulate(rules=[{"suffix": "0002", "answer": "code_21"}])
    poisoned, clean = api.send(text(1), text(2), text(3)), api.send(text(1), text(3))
    assert (poisoned.status_code, poisoned.json()["error"]["code"]) == (400, 21)
    assert clean.status_code == 202
    assert api.accepted() == ["27820000001", "27820000003"]


def test_results_can_be_missing_while_the_messages_were_taken(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(rules=[{"to": "27820000002", "missing": True}])
    assert codes_of(api.send(text(1), text(2))) == {"27820000001": None}
    assert api.accepted() == ["27820000001", "27820000002"]
    assert api.answered() == ["27820000001"]


def test_results_can_come_without_client_ids_and_shuffled(simulate: Simulate, text: Text) -> None:
    api = simulate(messages={"no_client_id": 1, "shuffled": 1})
    results = api.send(*(text(n) for n in range(50))).json()["messages"]
    assert not [r for r in results if "clientMessageId" in r]
    tos = [r["to"] for r in results]
    assert tos != sorted(tos)
    assert sorted(tos) == [text(n)["to"] for n in range(50)]


def test_beyond_the_balance_messages_are_code_20(simulate: Simulate, text: Text) -> None:
    api = simulate(account={"balance": 2, "price": 1})
    answer = api.send(text(1), text(2), text(3))
    assert answer.status_code == 207
    assert list(codes_of(answer).values()) == [None, None, 20]
    assert api.http.get("/v1/balance").json() == {"balance": 0.0, "currency": "USD"}
    api.control.set_balance(1)
    assert codes_of(api.send(text(3))) == {"27820000003": None}


def test_a_price_that_is_not_exact_in_binary_pays_for_the_last_message(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(account={"balance": 1, "price": 0.1})
    assert set(codes_of(api.send(*(text(n) for n in range(10)))).values()) == {None}
    assert codes_of(api.send(text(11))) == {"27820000011": 20}


def test_the_whole_request_can_be_a_bare_402(simulate: Simulate, text: Text) -> None:
    api = simulate(account={"balance": 1, "price": 1, "exhausted": "request"})
    answer = api.send(text(1), text(2))
    assert (answer.status_code, answer.content) == (402, b"")
    assert api.accepted() == []
    assert api.send(text(1)).status_code == 202


def test_what_is_not_paid_for_can_fail_later(simulate: Simulate, text: Text) -> None:
    api = simulate(account={"balance": 0, "price": 1, "exhausted": "later"})
    assert api.send(text(1)).status_code == 202
    (message,) = api.control.ledger()
    assert message.final == "INSUFFICIENT_ACCOUNT_BALANCE"
    assert list(api.control.recipients()) == []


def test_beyond_its_rate_the_account_is_refused(simulate: Simulate, text: Text) -> None:
    api = simulate(limit_per_second=0.001, limit_burst=3)
    assert api.send(text(1), text(2)).status_code == 202
    refused = api.send(text(3), text(4))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 43)
    assert api.send(text(3)).status_code == 202


def test_the_limit_can_answer_429(simulate: Simulate, text: Text) -> None:
    api = simulate(limit_per_second=0.001, limit_burst=1, limit_answer="retry_after_seconds")
    assert [api.send(text(n)).status_code for n in range(2)] == [202, 429]
