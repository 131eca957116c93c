"""Status requests: statuses move on over time, and the requests fail in ways of their own."""

import time

import pytest

from support.simulated_api import Fields, Sender, Simulate, Text


def sent(api: Sender, message: Fields) -> str:
    return str(api.send(message).json()["messages"][0]["apiMessageId"])


def wait_for(api: Sender, api_id: str, status: str, within_s: float = 60.0) -> list[str]:
    seen: list[str] = []
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        name = api.status(api_id).json()["sms"]["status"]
        if not seen or seen[-1] != name:
            seen.append(name)
        if name == status:
            return seen
        time.sleep(0.02)
    pytest.fail(f"{status} did not come; there were {seen}")


def test_a_status_moves_on_until_it_is_read(simulate: Simulate, text: Text) -> None:
    api = simulate(
        statuses={
            "weights": {"READ": 1},
            "unknown_ms": [200, 200],
            "supplier_ms": [400, 400],
            "final_ms": [600, 600],
            "read_ms": [200, 200],
        }
    )
    seen = wait_for(api, sent(api, text(1)), "READ")
    # On a busy machine a stage may be over before anybody asks; they never change places.
    course = ["UNKNOWN", "QUEUED", "SENT_TO_SUPPLIER", "DEVICE_ACK", "READ"]
    assert seen == [status for status in course if status in seen]
    assert len(seen) > 1


def test_the_timestamp_is_the_last_change(simulate: Simulate, text: Text) -> None:
    api = simulate(statuses={"supplier_ms": [0, 0], "final_ms": [50, 50]})
    api_id = sent(api, text(1))
    wait_for(api, api_id, "DEVICE_ACK")
    (message,) = api.control.ledger()
    assert api.status(api_id).json()["sms"]["timestamp"] == message.accepted_at + 50


def test_the_answer_stands_under_its_channel(simulate: Simulate, text: Text) -> None:
    api = simulate()
    api_id = sent(api, text(1, channel="whatsapp"))
    assert set(api.status(api_id).json()) == {"whatsapp"}


def test_two_channels_can_answer_at_once(simulate: Simulate, text: Text) -> None:
    api = simulate(statuses={"both_channels": 1})
    body = api.status(sent(api, text(1))).json()
    assert set(body) == {"sms", "whatsapp"}
    assert body["whatsapp"]["status"] == "UNKNOWN"


def test_an_unknown_id_has_no_channel(simulate: Simulate) -> None:
    api = simulate()
    before = int(time.time() * 1000)
    answer = api.status("nobody")
    assert answer.status_code == 200
    assert not {"sms", "whatsapp"} & answer.json().keys()
    assert answer.json()["timestamp"] >= before


def test_a_rule_sets_the_last_status_of_a_recipient(simulate: Simulate, text: Text) -> None:
    fast = {"supplier_ms": [0, 0], "final_ms": [0, 0]}
    rule = {"prefix": "2782000000", "status": "WHATSAPP_TEMPLATE_PAUSED"}
    api = simulate(statuses=fast, rules=[rule])
    wait_for(api, sent(api, text(1)), "WHATSAPP_TEMPLATE_PAUSED")
    wait_for(api, sent(api, text(10_000_000 - 1)), "DEVICE_ACK")


def test_a_status_can_be_404_for_a_while(simulate: Simulate, text: Text) -> None:
    api = simulate(statuses={"hidden": 1, "hidden_ms": [2_000, 2_000]})
    api_id = sent(api, text(1))
    assert api.status(api_id).status_code == 404
    deadline = time.monotonic() + 60
    while api.status(api_id).status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert api.status(api_id).status_code == 200


def test_status_requests_have_rates_of_their_own(simulate: Simulate, text: Text) -> None:
    api = simulate(statuses={"requests": {"bare_503": 1}})
    answer = api.send(text(1))
    assert answer.status_code == 202
    assert api.status(answer.json()["messages"][0]["apiMessageId"]).status_code == 503


def test_a_rule_answers_the_first_status_requests(simulate: Simulate, text: Text) -> None:
    api = simulate(rules=[{"to": "27820000001", "status_answer": "bare_429", "times": 2}])
    api_id = sent(api, text(1))
    assert [api.status(api_id).status_code for _ in range(3)] == [429, 429, 200]


def test_a_scheduled_message_waits_for_its_time(simulate: Simulate, text: Text) -> None:
    api = simulate()
    api_id = sent(api, text(1, scheduledDeliveryTime="2999-01-31T10:00:00+02:00"))
    assert api.status(api_id).json()["sms"]["status"] == "SCHEDULED"


def test_a_status_request_needs_a_key(simulate: Simulate, text: Text) -> None:
    api = simulate()
    answer = api.http.get(f"/v1/message/{sent(api, text(1))}", headers={"Authorization": ""})
    assert answer.status_code == 401
