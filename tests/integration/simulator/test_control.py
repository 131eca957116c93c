"""The control endpoints, read with the simulator's own client."""

import httpx
import pytest

from bulkwire_cli.simulator.client import SimulatorError
from bulkwire_cli.simulator.scenario_file import load_scenario
from support.simulated_api import Simulate, Text


def test_the_summary_counts_requests_messages_and_recipients(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(first_requests=["ok", "bare_503"], rules=[{"to": "27820000003", "code": 26}])
    api.send(text(1), text(2), text(3))
    api.send(text(1))
    api.send(text(1))
    api.http.get("/v1/balance")
    summary = api.control.summary()
    assert summary.requests == {"send": {"ok": 2, "bare_503": 1}, "balance": {"ok": 1}}
    assert (summary.messages.seen, summary.messages.accepted) == (5, 3)
    assert summary.messages.rejected_by_code == {26: 1}
    assert (summary.batch_sizes.count, summary.batch_sizes.max) == (3, 3)
    assert summary.batch_sizes.histogram == {1: 2, 3: 1}
    assert summary.batch_sizes.mean == pytest.approx(5 / 3, abs=0.001)
    recipients = summary.recipients
    assert (recipients.accepted, recipients.received_more_than_one) == (2, 1)
    assert sum(summary.statuses.values()) == 3
    assert summary.uptime_s >= 0
    assert api.control.summary(statuses=False).statuses == {}


def test_recipients_are_counted_by_account_channel_and_number(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(rules=[{"to": "27820000009", "status": "EXPIRED"}])
    api.send(text(1), text(1), text(1, channel="whatsapp"), text(9))
    api.send(text(1), key="another")
    twice = list(api.control.recipients(2))
    assert [(r.channel, r.to, r.accepted) for r in twice] == [("sms", "27820000001", 2)]
    assert len(list(api.control.recipients(1))) == 3
    failed = [r for r in api.control.recipients(0) if r.received == 0]
    assert [(r.to, r.accepted) for r in failed] == [("27820000009", 1)]


def test_the_account_of_a_ledger_line_does_not_give_the_key_away(
    simulate: Simulate, text: Text
) -> None:
    api = simulate()
    api.send(text(1), key="a-secret-key")
    (message,) = api.control.ledger()
    assert "secret" not in message.account
    assert message.content == "Hi"


def test_a_long_ledger_comes_whole(simulate: Simulate, text: Text) -> None:
    api = simulate()
    for first in range(0, 2_500, 100):
        api.send(*(text(n) for n in range(first, first + 100)))
    assert api.accepted() == [text(n)["to"] for n in range(2_500)]


def test_recent_requests_come_with_size_time_and_answer(simulate: Simulate, text: Text) -> None:
    api = simulate(first_requests=["bare_503"])
    api.send(text(1))
    api.send(text(1), text(2))
    first, last = api.control.requests()
    assert (first.operation, first.answer, first.status) == ("send", "bare_503", 503)
    assert (last.answer, last.status, last.messages) == ("ok", 202, 2)
    assert last.size > first.size > 0
    assert last.at >= first.at > 0
    assert api.control.requests(limit=1) == [last]


def test_a_new_scenario_holds_from_now_on_and_keeps_what_was_taken(
    simulate: Simulate, text: Text
) -> None:
    api = simulate()
    api.send(text(1))
    api.control.set_scenario(load_scenario("balance").model_copy(update={"requests": {"slow": 0}}))
    api.control.set_scenario({"requests": {"bare_503": 1}})
    assert api.send(text(2)).status_code == 503
    assert api.accepted() == ["27820000001"]


def test_a_bad_scenario_is_refused_with_its_key_and_changes_nothing(
    simulate: Simulate, text: Text
) -> None:
    api = simulate()
    with pytest.raises(SimulatorError, match=r"requests\.explode: no such answer"):
        api.control.set_scenario({"requests": {"explode": 1}})
    assert api.send(text(1)).status_code == 202


def test_a_reset_forgets_everything_and_begins_the_scenario_anew(
    simulate: Simulate, text: Text
) -> None:
    api = simulate(first_requests=["bare_503"], account={"balance": 1, "price": 1})
    api.send(text(1))
    api.send(text(1))
    api.control.reset()
    summary = api.control.summary()
    assert (summary.messages.seen, summary.requests, summary.balance) == (0, {}, 1)
    assert api.send(text(1)).status_code == 503


def test_a_balance_can_be_made_endless(simulate: Simulate, text: Text) -> None:
    api = simulate(account={"balance": 0, "price": 1})
    assert api.send(text(1)).status_code == 400
    api.control.set_balance(None)
    assert api.send(text(1)).status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "balance", b'{"balance": "much"}'),
        ("POST", "balance", b"{}"),
        ("POST", "scenario", b"not json"),
        ("GET", "recipients?min=x", b""),
        ("GET", "requests?limit=x", b""),
    ],
)
def test_a_bad_control_request_is_422_and_says_why(
    simulate: Simulate, method: str, path: str, body: bytes
) -> None:
    api = simulate()
    answer = httpx.request(method, f"{api.url}/_simulator/{path}", content=body, trust_env=False)
    assert answer.status_code == 422
    assert answer.json()["error"]
